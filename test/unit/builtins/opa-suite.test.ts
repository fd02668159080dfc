import { describe, expect, it } from 'vitest';
import { BUILTINS, CUSTOM, STANDARD } from '../../../src/builtins/table.ts';
import { parseValue, printValue, RegoObject, RegoSet, type Value } from '../../../src/builtins/value.ts';
import { fixture, type RecordedCall, recordedCalls } from './recorded.ts';

/** The instant at which the calls were recorded. */
const CONTEXT = { timeNs: 1_700_000_000_123_456_789n };

/** Templates with what `strings.render_template` refuses here. */
const REFUSED_TEMPLATE =
  /\b(?:printf|print|println|html|js|urlquery|slice|define|block|template|lt|le|gt) |[{ ](?:1\.|'a')/;

function isKnownDifference({ name, args }: RecordedCall): boolean {
  return name === 'strings.render_template' && REFUSED_TEMPLATE.test(args[0] ?? '');
}

/** Go reads objects in any order: faults are compared as a set. */
function comparable(name: string, value: Value): Value {
  if (name !== 'json.match_schema' || !Array.isArray(value)) return value;
  const [valid, faults] = value as readonly Value[];
  return [valid ?? null, new RegoSet(Array.isArray(faults) ? (faults as readonly Value[]) : [])];
}

function answer({ name, args }: RecordedCall): Value | undefined {
  try {
    return BUILTINS.get(name)?.call(args.map(parseValue), CONTEXT);
  } catch (error) {
    // Only errors of our own mean undefined: anything else is a fault here.
    expect(error).toMatchObject({ name: 'VerdictError' });
    return undefined;
  }
}

/** The calls answered otherwise than by OPA, down to the spelling of numbers. */
function differences(calls: readonly RecordedCall[]): string[] {
  const different: string[] = [];
  for (const call of calls) {
    const got = answer(call);
    const text = got === undefined ? undefined : printValue(comparable(call.name, got));
    const want = call.want === null ? undefined : printValue(comparable(call.name, parseValue(call.want)));
    if (text !== want) different.push(`${call.name}(${call.args.join(', ')}) = ${text}, OPA: ${want}`);
  }
  return different;
}

describe.each(['calls.jsonl', 'corpus.jsonl.gz'])('the calls of %s', (file) => {
  const byName = recordedCalls(file);

  it('are about every built-in of ours that OPA has', () => {
    expect([...byName.keys()].sort()).toEqual(STANDARD.map(({ name }) => name).filter((name) => byName.has(name)));
    if (file === 'calls.jsonl') expect([...byName.keys()].sort()).toEqual(STANDARD.map(({ name }) => name));
  });

  it.each([...byName.keys()].sort())('%s answers as OPA does', (name) => {
    expect(differences((byName.get(name) ?? []).filter((call) => !isKnownDifference(call)))).toEqual([]);
  });

  it('are undefined where we differ, never wrong', () => {
    const known = [...byName.values()].flat().filter(isKnownDifference);
    expect(known.map(answer).filter((value) => value !== undefined)).toEqual([]);
  });
});

describe('the table', () => {
  const declared = fixture('capabilities.jsonl').trim().split('\n').map(parseLine);

  it('declares each built-in as OPA does', () => {
    expect(STANDARD.map(({ name, decl }) => [name, decl])).toEqual(declared);
  });

  it('stands in order, each name once', () => {
    const names = [...STANDARD, ...CUSTOM].map(({ name }) => name);
    expect(STANDARD.map(({ name }) => name)).toEqual(STANDARD.map(({ name }) => name).sort());
    expect(new Set(names).size).toBe(names.length);
    expect([...BUILTINS.keys()]).toEqual(names);
  });

  it('knows one built-in that depends on more than its arguments', () => {
    expect([...BUILTINS.values()].filter(({ pure }) => !pure).map(({ name }) => name)).toEqual(['time.now_ns']);
  });

  it('refuses calls without arguments with an error of ours', () => {
    for (const builtin of BUILTINS.values()) {
      if (builtin.decl.args === undefined) continue;
      try {
        const result = builtin.call([], CONTEXT);
        expect([false, undefined], builtin.name).toContain(Array.isArray(result) ? result[0] : result);
      } catch (error) {
        expect(error, builtin.name).toMatchObject({ code: 'BUILTIN_FAILED' });
      }
    }
  });

  it('refuses or answers arguments of every type, and never breaks', () => {
    const odd: Value[] = [
      null,
      true,
      '',
      parseValue('1.5'),
      [],
      new RegoSet([]),
      new RegoObject([]),
      parseValue('[{[]}]'),
    ];
    for (const builtin of BUILTINS.values()) {
      for (const first of odd) {
        for (const second of odd) {
          const args = (builtin.decl.args ?? []).map((_, i) => (i === 0 ? first : second));
          try {
            const result = builtin.call(args, CONTEXT);
            if (result !== undefined) expect(printValue(parseValue(printValue(result)))).toBe(printValue(result));
          } catch (error) {
            expect(error, builtin.name).toMatchObject({ name: 'VerdictError' });
          }
        }
      }
    }
  });
});

function parseLine(line: string): unknown {
  return JSON.parse(line);
}
