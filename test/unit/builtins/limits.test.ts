import { describe, expect, it } from 'vitest';
import { RegoNumber, type Value } from '../../../src/builtins/value.ts';
import { call, outcome } from './call.ts';

/* Inputs made to cost: without their limits these calls would take minutes, gigabytes, or the stack. */

const MANY = 100_000;
const many = (text: string, count = MANY): string => text.repeat(count);
const number = (text: string): RegoNumber => RegoNumber.parse(text);
const ones = (count: number): Value[] => Array.from({ length: count }, () => number('1'));
const complete = Array.from(
  { length: 24 },
  (_, i) => `${i}: [${Array.from({ length: 24 }, (_unused, j) => j).join()}]`,
);
const doubling = Array.from({ length: 40 }, (_, i) => `{"op": "copy", "from": "", "path": "/a/b${i}"}`);
const aliases = Array.from(
  'bcdefghij',
  (c, i) => `${c}: &${c} [${Array.from({ length: 9 }, () => `*${'abcdefghij'[i]}`).join()}]`,
);

type Argument = Value | { readonly rego: string };

describe('a hostile call is refused', () => {
  const calls: readonly [string, string, ...Argument[]][] = [
    ['LIMIT_EXCEEDED', 'sprintf', many('%1000000d', 20), ones(20)],
    ['LIMIT_EXCEEDED', 'regex.replace', many('a'), 'a', many('$1')],
    ['LIMIT_EXCEEDED', 'regex.find_n', many('(a)', 5000), many('a', 5000), number('-1')],
    ['LIMIT_EXCEEDED', 'regex.find_n', many('a'), 'a', number('1')],
    ['BUILTIN_FAILED', 'regex.find_n', '((a{1000}){1000})', 'a', number('1')],
    ['BUILTIN_FAILED', 'regex.find_n', many('(', 10_000), 'a', number('1')],
    ['BUILTIN_FAILED', 'regex.globs_match', many('.*a', 200), many('.*b', 200)],
    ['BUILTIN_FAILED', 'regex.template_match', many('{'), '', '{', '}'],
    ['BUILTIN_FAILED', 'net.cidr_expand', '0.0.0.0/0'],
    ['BUILTIN_FAILED', 'net.cidr_expand', '::/0'],
    ['BUILTIN_FAILED', 'numbers.range_step', number('0'), number('1e300'), number('1')],
    ['BUILTIN_FAILED', 'units.parse', many('1', 200_000)],
    ['BUILTIN_FAILED', 'units.parse', '1e999999'],
    ['BUILTIN_FAILED', 'units.parse_bytes', '1e-999999'],
    ['BUILTIN_FAILED', 'json.patch', { rego: '{"a": {}}' }, { rego: `[${doubling.join()}]` }],
    [
      'BUILTIN_FAILED',
      'json.patch',
      { rego: '{"a": {}}' },
      { rego: `[{"op": "add", "path": "${many('/a')}", "value": 1}]` },
    ],
    ['BUILTIN_FAILED', 'graph.reachable_paths', { rego: `{${complete.join()}}` }, [number('0')]],
    ['BUILTIN_FAILED', 'json.match_schema', { rego: '{}' }, { rego: '{"$ref": "#"}' }],
    ['BUILTIN_FAILED', 'json.match_schema', { rego: '{}' }, { rego: '{"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}' }],
    ['BUILTIN_FAILED', 'json.match_schema', many('['), '{}'],
    ['BUILTIN_FAILED', 'json.match_schema', { rego: '{}' }, { rego: '{"$ref": "http://127.0.0.1:9/schema.json"}' }],
    ['BUILTIN_FAILED', 'yaml.unmarshal', `a: &a [x,x,x,x,x,x,x,x,x]\n${aliases.join('\n')}`],
    ['BUILTIN_FAILED', 'yaml.unmarshal', 'a: &a [*a]'],
    ['BUILTIN_FAILED', 'yaml.unmarshal', many('[')],
    ['BUILTIN_FAILED', 'yaml.unmarshal', many('- ')],
    ['BUILTIN_FAILED', 'yaml.unmarshal', many(' ', 2_000_000)],
    [
      'BUILTIN_FAILED',
      'strings.render_template',
      many('{{range .l}}', 90) + many('{{end}}', 90),
      { rego: '{"l": [1, 2, 3]}' },
    ],
    ['BUILTIN_FAILED', 'strings.render_template', `{{${many('(')}`, { rego: '{}' }],
    ['BUILTIN_FAILED', 'strings.render_template', '{{range 1000000000}}x{{end}}', { rego: '{}' }],
    ['BUILTIN_FAILED', 'uuid.parse', number('1')],
  ];

  // Not `it.each`: it would write the arguments into the titles.
  for (const [i, [code, name, ...args]] of calls.entries()) {
    it(`with ${code}: ${name} (${i})`, () => {
      expect(outcome(name, ...args).slice(0, 40)).toBe(code);
    });
  }
});

describe('a large call is answered', () => {
  const calls: readonly [string, number, ...Argument[]][] = [
    ['sprintf', 100_000, many('%['), []],
    ['indexof_n', 1, many('a'), many('a', 50_000)],
    ['strings.count', 6, many('a'), ''],
    ['regex.split', 2, '(x+x+)+y', many('x', 20_000)],
    ['urlquery.encode', 600_000, many('é')],
    ['semver.is_valid', 4, `1.2.3-${many('1')}`],
    ['object.subset', 5, ones(30_000), [...ones(15_000), 'x']],
    ['regex.globs_match', 5, many('[a-z]*[0-9]*', 20), many('[0-9]+[a-z]*', 20)],
  ];

  for (const [i, [name, least, ...args]] of calls.entries()) {
    it(`${name} (${i})`, () => {
      expect(outcome(name, ...args).length).toBeGreaterThanOrEqual(least);
    });
  }

  it('time.parse_ns and time.parse_duration_ns of long texts', () => {
    expect(outcome('time.parse_ns', many('.0'), many('1'))).toBe('undefined');
    expect(outcome('time.parse_ns', many(' '), many(' '))).toBe('undefined');
    expect(outcome('time.parse_duration_ns', many('1h'))).toBe('360000000000000000');
    for (const text of [`${many('1')}d`, `${many('1')}s1d`, `${many('1.')}d`]) {
      expect(['undefined', 'BUILTIN_FAILED']).toContain(outcome('time.parse_duration_ns', text));
    }
  });

  it('only so many faults of a document are told', () => {
    const result = call('json.match_schema', ones(50_000), { rego: '{"items": {"type": "string"}}' });
    const [valid, faults] = Array.isArray(result) ? (result as readonly Value[]) : [];
    expect(valid).toBe(false);
    expect(faults).toHaveLength(1000);
  });
});
