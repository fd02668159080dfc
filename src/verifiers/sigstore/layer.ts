import type { Descriptor } from '../../descriptor.ts';
import { asVerdictError, VerdictError } from '../../errors.ts';
import { type JsonScan, scanJson } from '../../json.ts';
import { blobBundleItems, detachedItem } from './detached.ts';
import { type Form, formOfLayer, type JsonForm, shownForm, textsOf } from './forms.ts';
import { bundleItem, envelopeItems, type Item, imageItem, type SubjectDigests } from './items.ts';
import { ANNOTATIONS, besideOf, signatureOf } from './legacy.ts';

/** Something that announces a signature and is none that can be read. */
export interface Broken {
  readonly error: VerdictError;
  /** Media type of the layer. */
  readonly type: string;
}

/** What a layer is opened with. */
export interface Opening {
  readonly artifactType: string;
  readonly subject: SubjectDigests;
  /** Largest bundle, envelope or payload, in bytes. */
  readonly maxBytes: number;
}

/** Everything in a layer, in its order; each made only when it is asked for. Never throws for what the layer holds. */
export function* openLayer(layer: Descriptor, bytes: Uint8Array, opening: Opening): Generator<Item | Broken> {
  const announced = formOfLayer(layer, opening.artifactType);
  const texts = announced === 'simpleSigning' || announced === 'detached' ? [bytes] : textsOf(bytes, layer);
  for (const text of texts) {
    try {
      yield* openText(text, layer, announced, opening);
    } catch (thrown) {
      yield { error: asVerdictError(thrown), type: layer.mediaType };
    }
  }
}

/** By content; what is announced must be there. */
function openText(
  text: Uint8Array,
  layer: Descriptor,
  announced: Form | undefined,
  { subject, maxBytes }: Opening,
): readonly Item[] {
  if (announced !== undefined) bound(text, maxBytes);
  const { annotations } = layer;
  switch (announced) {
    case 'simpleSigning': {
      const signature = annotations[ANNOTATIONS.signature] ?? '';
      return [imageItem(text, () => signatureOf(signature), signature, besideOf(annotations))];
    }
    case 'detached':
      return [detachedItem(text, subject)];
    case 'bundle':
    case 'envelope':
    case 'blobBundle': {
      const scan = scanJson(text, 'the signature', 'SIGNATURE_INVALID');
      return openJson(text, scan, shownForm(text, scan.members) ?? announced, layer, subject);
    }
    case undefined: {
      const scan = tryScan(text);
      const shown = scan === undefined ? undefined : shownForm(text, scan.members);
      if (scan === undefined || shown === undefined) return [unsigned(text, layer.mediaType)];
      bound(text, maxBytes);
      return openJson(text, scan, shown, layer, subject);
    }
  }
}

function openJson(
  text: Uint8Array,
  { members }: JsonScan,
  form: JsonForm,
  { annotations }: Descriptor,
  subject: SubjectDigests,
): readonly Item[] {
  switch (form) {
    case 'bundle':
      return [bundleItem(text, members, subject)];
    case 'envelope':
      return envelopeItems(text, besideOf(annotations), members);
    case 'blobBundle':
      return blobBundleItems(text, members, subject);
  }
}

const unsigned = (bytes: Uint8Array, type: string): Item => ({
  content: { kind: 'document', type, bytes },
  signature: new Uint8Array(),
  sign: undefined,
  size: bytes.byteLength,
});

function tryScan(bytes: Uint8Array): JsonScan | undefined {
  try {
    return scanJson(bytes);
  } catch {
    return undefined;
  }
}

function bound(text: Uint8Array, maxBytes: number): void {
  if (text.byteLength <= maxBytes) return;
  throw new VerdictError('LIMIT_EXCEEDED', `it has ${text.byteLength} bytes, a signature may have ${maxBytes}`);
}
