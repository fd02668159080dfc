import { objectAt, stringAt } from './operands.ts';
import { executeTemplate } from './template/execute.ts';
import { parseTemplate } from './template/parse.ts';
import { toJsonValue, type Value } from './value.ts';

/**
 * `strings.render_template(template, variables)`: the part of Go's text/template that has `if`, `with`, `range`, variables and
 * the functions `and`, `eq`, `index`, `len`, `ne`, `not`, `or`; a template with anything else is refused.
 */
export function renderTemplate(args: readonly Value[]): Value {
  const text = executeTemplate(parseTemplate(stringAt(args, 0)), toJsonValue(objectAt(args, 1)));
  return text.replaceAll('<no value>', '<undefined>');
}
