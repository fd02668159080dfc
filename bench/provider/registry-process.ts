import { type Authorities, openAuthorities } from './authorities.ts';
import { answerCalls } from './child.ts';
import { makeAttached } from './images.ts';
import type { Recipe } from './recipe.ts';
import { RegistryServer } from './registry-server.ts';

/** An image as it can be asked for. */
export interface Image {
  readonly tag: string;
  readonly digest: string;
}

const server = new RegistryServer();
let authorities: Authorities = { trusted: [], stranger: [] };

const calls = {
  /** Its port. */
  start: async (port: number, directory: string): Promise<number> => {
    authorities = await openAuthorities(directory);
    return await server.start(port);
  },
  /** Makes so many images named `name-N`. */
  prepare: (recipe: Recipe, count: number, name: string): readonly Image[] =>
    Array.from({ length: count }, (_, at) => {
      const tag = `${name}-${at}`;
      const attached = makeAttached(recipe, tag, authorities);
      server.put(attached, tag);
      return { tag, digest: attached.image.digest };
    }),
  forget: () => server.forget(),
  take: () => server.take(),
};
export type RegistryCalls = typeof calls;

answerCalls(calls);
