import { objectAt, refused, stringAt, valueAt } from './operands.ts';
import { goJson, type Value } from './value.ts';

/** `json.marshal_with_options(value, {"pretty", "indent", "prefix"})`: as Go's `json.MarshalIndent` writes it. */
export function marshalWithOptions(args: readonly Value[]): Value {
  const options = objectAt(args, 1);
  let indent = '\t';
  let prefix = '';
  let pretty: boolean | undefined;
  for (const [key, value] of options.entries()) {
    if (key === 'indent') indent = stringAt([value], 0);
    else if (key === 'prefix') prefix = stringAt([value], 0);
    else if (key === 'pretty' && typeof value === 'boolean') pretty = value;
    else throw refused('the options are "pretty" (a boolean), "indent" and "prefix" (strings)');
  }
  const indented = pretty ?? (options.has('indent') || options.has('prefix'));
  const text = goJson(valueAt(args, 0), indented ? { indent, prefix } : undefined);
  return indented ? prefix + text : text;
}
