import { stringAt, valueAt } from './operands.ts';
import type { Value } from './value.ts';
import { decodeYaml } from './yaml/decode.ts';
import { encodeYaml } from './yaml/encode.ts';

/** `yaml.unmarshal(text)`: its first document. */
export function unmarshal(args: readonly Value[]): Value {
  return decodeYaml(stringAt(args, 0));
}

/** `yaml.is_valid(text)`: whether it is YAML that has a JSON form; false for what is no string. */
export function isValid(args: readonly Value[]): Value {
  const [text] = args;
  if (typeof text !== 'string') return false;
  try {
    decodeYaml(text);
    return true;
  } catch {
    return false;
  }
}

/** `yaml.marshal(value)`. */
export function marshal(args: readonly Value[]): Value {
  return encodeYaml(valueAt(args, 0));
}
