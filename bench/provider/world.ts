import { hash } from 'node:crypto';
import { openAuthorities } from './authorities.ts';
import { Child } from './child.ts';
import type { Place } from './configuration.ts';
import type { ControlCalls } from './control-process.ts';
import type { ProxyCalls } from './proxy-process.ts';
import { nameOf, type Recipe } from './recipe.ts';
import type { Image, RegistryCalls } from './registry-process.ts';
import { REPOSITORY } from './registry-server.ts';
import type { Counts } from './tally.ts';

/** How an image is asked for. */
export type By = 'tag' | 'digest';
/** How its registry is reached: with requests that are delayed so many milliseconds, or without the proxy. */
export type Path = { readonly kind: 'direct' } | { readonly kind: 'proxy'; readonly latency: number };

export interface WorldOptions {
  readonly directory: string;
  /** 0: free ones. */
  readonly registryPort: number;
  readonly proxyPort: number;
}

/** What a server under measurement is surrounded by, each in a process of its own. */
export class World {
  readonly #registry = new Child<RegistryCalls>(new URL('./registry-process.ts', import.meta.url));
  readonly #proxy = new Child<ProxyCalls>(new URL('./proxy-process.ts', import.meta.url));
  readonly #control = new Child<ControlCalls>(new URL('./control-process.ts', import.meta.url));
  /** No two runs make the same images: a server that goes on running may know the old ones. */
  readonly #run = hash('sha256', String(Date.now())).slice(0, 8);
  #series = 0;
  #place: Place = { directory: '', port: 0, registry: 0, proxy: 0 };
  #controlPort = 0;

  static async start({ directory, registryPort, proxyPort }: WorldOptions): Promise<World> {
    const world = new World();
    try {
      await openAuthorities(directory);
      const registry = await world.#registry.call('start', registryPort, directory);
      const proxy = await world.#proxy.call('start', proxyPort, registry);
      world.#controlPort = await world.#control.call('start');
      world.#place = { directory, port: 0, registry, proxy };
      return world;
    } catch (fault) {
      await world.close();
      throw fault;
    }
  }

  /** What servers are configured by. */
  get place(): Place {
    return this.#place;
  }

  /** Images that nobody has seen. */
  async prepare(recipe: Recipe, count: number): Promise<readonly Image[]> {
    const name = `${nameOf(recipe)}-${this.#run}-${this.#series++}`;
    return await this.#registry.call('prepare', recipe, count, name);
  }

  /** Takes all images away. */
  async forget(): Promise<void> {
    await this.#registry.call('forget');
  }

  /** The key of an image. */
  key({ tag, digest }: Image, by: By, path: Path): string {
    const port = path.kind === 'direct' ? this.#place.registry : this.#place.proxy;
    return `127.0.0.1:${port}/${REPOSITORY}${by === 'tag' ? `:${tag}` : `@${digest}`}`;
  }

  /** From now on, requests by this path take as long as it says. */
  async use(path: Path): Promise<void> {
    if (path.kind === 'proxy') await this.#proxy.call('delay', path.latency);
    await this.take(path);
  }

  /** What was asked by this path since {@link use} or the last call. */
  async take(path: Path): Promise<Counts> {
    const counts = await (path.kind === 'direct' ? this.#registry.call('take') : this.#proxy.call('take'));
    if (counts === undefined) throw new Error('the proxy was not started');
    return counts;
  }

  /** URL of a server that answers these bytes at once. */
  async control(answer: string): Promise<string> {
    await this.#control.call('answer', answer);
    return `http://127.0.0.1:${this.#controlPort}/`;
  }

  async close(): Promise<void> {
    await Promise.all([this.#registry.stop(), this.#proxy.stop(), this.#control.stop()]);
  }
}
