import { cose, jws } from '../../test/support/notation/envelopes.ts';
import { ARTIFACT_TYPE, COSE, JWS, target } from '../../test/support/notation/exhibits.ts';
import { type LayerInput, type Made, makeImage } from '../../test/support/registry/content.ts';
import { spdx } from '../sbom.ts';
import type { Authorities } from './authorities.ts';
import { type Recipe, SMALL_SBOM } from './recipe.ts';

/** An image and what is attached to it. */
export interface Attached {
  readonly image: Made;
  readonly artifacts: readonly Made[];
}

const SPDX = 'application/spdx+json';
const LICENCE = 'AGPL-3.0-only';

/** Makes an image that no other name gives. */
export function makeAttached(recipe: Recipe, name: string, { trusted, stranger }: Authorities): Attached {
  const image = imageOf(name);
  const signature = (at: number): Made => signatureOf(image, { chain: trusted, of: image, at });
  const sbom = (bytes: number, at: number): Made => sbomOf(image, sbomText(bytes, `${name}-${at}`));
  switch (recipe.kind) {
    case 'signed':
      return { image, artifacts: Array.from({ length: recipe.signatures }, (_, at) => signature(at)) };
    case 'sbom':
      return { image, artifacts: [signature(0), sbom(recipe.bytes, 1)] };
    case 'mixed': {
      const sboms = Math.round(recipe.artifacts / 5);
      const made = (_: unknown, at: number): Made => (at < sboms ? sbom(SMALL_SBOM, at) : signature(at));
      return { image, artifacts: Array.from({ length: recipe.artifacts }, made) };
    }
    case 'stranger':
      return { image, artifacts: [signatureOf(image, { chain: stranger, of: image, at: 0 })] };
    case 'borrowed':
      return { image, artifacts: [signatureOf(image, { chain: trusted, of: imageOf(`${name}-other`), at: 0 })] };
    case 'forbidden-licence':
      return { image, artifacts: [signature(0), sbomOf(image, withLicence(sbomText(SMALL_SBOM, name)))] };
  }
}

const imageOf = (name: string): Made => makeImage({ annotations: { 'org.example.name': name } });

interface Signing {
  readonly chain: Authorities['trusted'];
  /** What the signature says that it signs. */
  readonly of: Made;
  /** Tells signatures of one image apart. */
  readonly at: number;
}

function signatureOf(image: Made, { chain, of, at }: Signing): Made {
  const parts = { chain, payload: target(of.descriptor, { at: String(at) }) };
  const layer: LayerInput =
    at % 2 === 0 ? { mediaType: JWS, bytes: jws(parts) } : { mediaType: COSE, bytes: cose(parts) };
  return makeImage({ artifactType: ARTIFACT_TYPE, layers: [layer], subject: image.digest });
}

const sbomOf = (image: Made, text: string): Made =>
  makeImage({ artifactType: SPDX, layers: [{ mediaType: SPDX, bytes: text }], subject: image.digest });

const PLACEHOLDER = 'https://example.test/bench';
const texts = new Map<number, string>();

/** A document of its own for each name; large ones are built once. */
function sbomText(bytes: number, name: string): string {
  const text = texts.get(bytes) ?? spdx(bytes).text;
  texts.set(bytes, text);
  return text.replace(PLACEHOLDER, `${PLACEHOLDER}/${name}`);
}

const withLicence = (text: string): string =>
  text
    .replace('"licenseConcluded":"NOASSERTION"', `"licenseConcluded":"${LICENCE}"`)
    .replace(/"licenseDeclared":"[^"]*"/, `"licenseDeclared":"${LICENCE}"`);
