import { VerdictError } from '../errors.ts';
import { parseReference } from '../reference.ts';
import { memo } from './memo.ts';
import type { ImageReference } from './question.ts';

/** A key of a provider request: `image`, or `[namespace]image`. */
export interface Key {
  readonly namespace: string;
  readonly reference: ImageReference;
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const KEY = /^\[([^\]]*)\](.*)$/s;

/** Throws REFERENCE_INVALID for what is neither an image nor one with a namespace before it. */
export const parseKey: (text: string) => Key = memo(readKey, { entries: 10_000, length: 512 });

function readKey(text: string): Key {
  const [, namespace = '', image = text] = KEY.exec(text) ?? [];
  if (namespace !== '' && !NAMESPACE.test(namespace)) {
    throw new VerdictError('REFERENCE_INVALID', `${JSON.stringify(namespace.slice(0, 100))} is no namespace`);
  }
  return { namespace, reference: parseImage(image) };
}

/** An image in a registry: whoever asks a service must not make it read files. Throws REFERENCE_INVALID. */
export function parseImage(text: string): ImageReference {
  const reference = parseReference(text);
  if (reference.kind === 'registry') return reference;
  throw new VerdictError('REFERENCE_INVALID', `${JSON.stringify(text.slice(0, 100))} is no image in a registry`);
}
