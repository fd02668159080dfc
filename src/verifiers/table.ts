import type { Schemas } from '../document.ts';
import type { Verifier } from '../verifier.ts';
import { createJsonVerifier } from './json/verifier.ts';

/** A verifier as the configuration describes it, its files read. */
export type VerifierSettings = { readonly type: 'json'; readonly name: string; readonly schemas: Schemas };

/** Types in the order in which artifacts are offered to them: the last takes what no other accepts. */
const ORDER: readonly VerifierSettings['type'][] = ['json'];

/** The only list of verifiers. */
export function createVerifiers(settings: readonly VerifierSettings[]): readonly Verifier[] {
  return [...settings].sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type)).map(create);
}

function create(settings: VerifierSettings): Verifier {
  switch (settings.type) {
    case 'json':
      return createJsonVerifier({ name: settings.name, schemas: settings.schemas });
  }
}
