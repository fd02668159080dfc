import currentIds from 'spdx-license-ids/index.json' with { type: 'json' };
import { describe, expect, it } from 'vitest';
import { fromJson, toPlain } from '../../../src/builtins/value.ts';
import { call, outcome } from './call.ts';

interface Evaluation {
  readonly valid: boolean;
  readonly permitted: boolean;
  readonly licences: readonly string[];
  readonly denied: readonly string[];
  readonly unknown: readonly string[];
}

interface Rules {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
}

function evaluate(expression: string, rules: Rules = {}): Evaluation {
  const result = call('spdx.evaluate', expression, fromJson(JSON.stringify(rules)));
  return toPlain(result ?? null) as unknown as Evaluation;
}

const permitted = (expression: string, rules: Rules): boolean => evaluate(expression, rules).permitted;

describe('spdx.evaluate', () => {
  it('says everything about an expression', () => {
    expect(evaluate('(mit OR gpl-2.0+) AND Apache-2.0', { deny: ['GPL-*', 'Apache-2.0'] })).toEqual({
      valid: true,
      permitted: false,
      licences: ['Apache-2.0', 'GPL-2.0-or-later', 'MIT'],
      denied: ['Apache-2.0', 'GPL-2.0-or-later'],
      unknown: [],
    });
  });

  it.each([
    ['MIT', {}, true],
    ['MIT', { allow: ['MIT'] }, true],
    ['MIT', { allow: ['mit'] }, true],
    ['mIt', { allow: ['MIT'] }, true],
    ['MIT', { allow: ['Apache-2.0'] }, false],
    ['MIT', { deny: ['MIT'] }, false],
    ['MIT', { allow: ['MIT'], deny: ['MIT'] }, false],
    ['MIT', { allow: ['*'] }, true],
    ['MIT', { deny: ['*'] }, false],
    ['MIT AND Apache-2.0', { allow: ['MIT'] }, false],
    ['MIT OR Apache-2.0', { allow: ['MIT'] }, true],
    ['MIT AND Apache-2.0 OR GPL-3.0-only', { deny: ['GPL-3.0-only'] }, true],
    ['MIT AND (Apache-2.0 OR GPL-3.0-only)', { deny: ['Apache-2.0'] }, true],
    ['MIT AND (Apache-2.0 OR GPL-3.0-only)', { deny: ['Apache-2.0', 'GPL-3.0-only'] }, false],
    ['GPL-3.0-only', { deny: ['GPL-*'] }, false],
    ['LGPL-3.0-only', { deny: ['GPL-*'] }, true],
    ['LicenseRef-acme', { allow: ['LicenseRef-*'] }, true],
    ['LicenseRef-acme', { allow: ['licenseref-ACME'] }, true],
    ['LicenseRef-acme', { allow: ['MIT'] }, false],
    ['DocumentRef-d:LicenseRef-acme', { allow: ['DocumentRef-d:LicenseRef-acme'] }, true],
    ['DocumentRef-d:LicenseRef-acme', { allow: ['LicenseRef-*'] }, false],
  ] as const)('%s under %j: permitted %j', (expression, rules, result) => {
    expect(permitted(expression, rules)).toBe(result);
  });

  describe('or later', () => {
    it.each([
      ['GPL-2.0', 'GPL-2.0-only'],
      ['GPL-2.0+', 'GPL-2.0-or-later'],
      ['GPL-2.0-or-later', 'GPL-2.0-or-later'],
      ['GPL-2.0-only+', 'GPL-2.0-or-later'],
      ['GFDL-1.2+', 'GFDL-1.2-or-later'],
      ['Apache-1.1+', 'Apache-1.1+'],
      ['GPL-2.0-with-classpath-exception', 'GPL-2.0-only WITH Classpath-exception-2.0'],
      ['wxWindows', 'LGPL-2.0-or-later WITH WxWindows-exception-3.1'],
      ['BSD-2-Clause-FreeBSD', 'BSD-2-Clause'],
    ])('%s is written %s', (expression, normal) => {
      expect(evaluate(expression)).toMatchObject({ valid: true, licences: [normal] });
    });

    it.each([
      ['GPL-2.0-or-later', { deny: ['GPL-2.0-only'] }, true],
      ['GPL-2.0-or-later', { deny: ['GPL-2.0'] }, true],
      ['GPL-2.0-or-later', { deny: ['GPL-2.0-only', 'GPL-3.0-only'] }, false],
      ['GPL-2.0-or-later', { deny: ['GPL-2.0+'] }, false],
      ['GPL-2.0-or-later', { allow: ['GPL-3.0-only'] }, true],
      ['GPL-2.0-or-later', { allow: ['GPL-2.0-only'] }, true],
      ['GPL-2.0-or-later', { allow: ['GPL-1.0-only'] }, false],
      ['GPL-2.0-or-later', { allow: ['GPL-2.0-or-later'] }, true],
      ['GPL-2.0-only', { allow: ['GPL-2.0-or-later'] }, false],
      ['AGPL-3.0-or-later', { deny: ['AGPL-3.0-only'] }, false],
      ['AGPL-3.0-only', { deny: ['AGPL-3.0-or-later'] }, true],
      ['GPL-2.0-or-later', { allow: ['GPL-3.0-only'], deny: ['GPL-3.0-only'] }, false],
      ['Apache-1.1+', { allow: ['Apache-2.0'] }, true],
      ['Apache-2.0+', { allow: ['Apache-1.1'] }, false],
      ['LPPL-1.3a+', { allow: ['LPPL-1.3c'] }, true],
      ['LPPL-1.3c+', { allow: ['LPPL-1.3a'] }, false],
      ['BSD-2-Clause+', { allow: ['BSD-3-Clause'] }, false],
      ['CC-BY-3.0+', { allow: ['CC-BY-4.0'] }, true],
      ['CC-BY-3.0+', { allow: ['CC-BY-SA-4.0'] }, false],
      ['ISC+', { allow: ['ISC'] }, false],
      ['ISC+', {}, true],
    ] as const)('%s under %j: permitted %j', (expression, rules, result) => {
      expect(permitted(expression, rules)).toBe(result);
    });
  });

  describe('with an exception', () => {
    const EXPRESSION = 'GPL-2.0-only WITH Classpath-exception-2.0';

    it.each([
      [{ deny: ['GPL-2.0-only'] }, false],
      [{ deny: ['GPL-*'] }, false],
      [{ deny: ['GPL-2.0-only'], allow: [EXPRESSION] }, true],
      [{ deny: ['GPL-*'], allow: ['gpl-2.0 with classpath-exception-2.0'] }, true],
      [{ deny: [EXPRESSION], allow: ['GPL-2.0-only'] }, false],
      [{ deny: [EXPRESSION], allow: [EXPRESSION] }, false],
      [{ allow: ['GPL-2.0-only'] }, true],
      [{ allow: ['GPL-2.0-only WITH GCC-exception-2.0'] }, false],
      [{ deny: ['GPL-2.0-only WITH GCC-exception-2.0'] }, true],
    ])('it is judged by its own entry first: %j, permitted %j', (rules, result) => {
      expect(permitted(EXPRESSION, rules)).toBe(result);
    });

    it('its later versions keep it', () => {
      const expression = 'GPL-2.0-or-later WITH Classpath-exception-2.0';
      expect(permitted(expression, { deny: ['GPL-2.0-only', 'GPL-3.0-only'] })).toBe(false);
      expect(permitted(expression, { deny: ['GPL-2.0-only'] })).toBe(true);
      const rules = { deny: ['GPL-2.0-only', 'GPL-3.0-only'], allow: ['GPL-3.0-only WITH Classpath-exception-2.0'] };
      expect(permitted(expression, rules)).toBe(true);
    });
  });

  describe('what is no expression', () => {
    const NOTHING = { valid: false, permitted: false, licences: [], denied: [], unknown: [] };

    const texts = [
      '',
      ' ',
      'NOASSERTION',
      'NONE',
      'see LICENSE',
      'MIT Apache-2.0',
      'MIT AND',
      'AND MIT',
      'MIT OR OR ISC',
      '(MIT',
      'MIT)',
      '()',
      'MIT +',
      '+',
      'MIT++',
      'MIT WITH',
      'MIT WITH MIT',
      'MIT WITH no-such-exception',
      'MIT/X11',
      '!!!MIT',
      'MIT\u0000',
      'MIT\u00a0OR ISC',
      'LicenseRef-a+',
      `${'('.repeat(8000)}MIT${')'.repeat(8000)}`,
      Array.from({ length: 1001 }, () => 'MIT').join(' OR '),
      `MIT${' '.repeat(20_000)}`,
    ];

    // Not `it.each`: it would write the longest into the titles.
    for (const [i, expression] of texts.entries()) {
      it(`is neither valid nor permitted: ${JSON.stringify(expression.slice(0, 40))} (${i})`, () => {
        expect(evaluate(expression)).toEqual(NOTHING);
      });
    }

    it.each(['Proprietary', 'constructor', '-.-', 'GPL-2.0-only-or-later', 'LicenseRef-', 'DocumentRef-a'])(
      'an identifier that is not on the list is told: %s',
      (expression) => {
        expect(evaluate(expression)).toEqual({ ...NOTHING, unknown: [expression] });
      },
    );

    it('one unknown identifier makes an expression invalid, and its other licences are still told', () => {
      expect(evaluate('MIT OR Foo-1.0 AND (Foo-1.0 OR NOASSERTION)', { deny: ['MIT'] })).toEqual({
        valid: false,
        permitted: false,
        licences: ['MIT'],
        denied: ['MIT'],
        unknown: ['Foo-1.0', 'NOASSERTION'],
      });
    });

    it('as many licences as the limit are read', () => {
      expect(permitted(Array.from({ length: 1000 }, () => 'MIT').join(' AND '), { allow: ['MIT'] })).toBe(true);
    });
  });

  describe('the rules', () => {
    it('may be sets, and a list that is missing is empty', () => {
      expect(outcome('spdx.evaluate', 'MIT', { rego: '{"deny": {"MIT"}}' })).toContain('"permitted": false');
      expect(outcome('spdx.evaluate', 'MIT', { rego: '{"allow": set()}' })).toContain('"permitted": true');
    });

    it.each(['[]', '"MIT"', '{"deny": "MIT"}', '{"deny": [1]}', '{"allow": {"MIT": true}}', '{"deny": null}'])(
      'of another shape make the call undefined: %s',
      (rego) => {
        expect(outcome('spdx.evaluate', 'MIT', { rego })).toBe('BUILTIN_FAILED');
      },
    );

    it('deny every licence of the list that they name, and no other', () => {
      for (const id of currentIds) {
        expect(permitted(id, { deny: [id] }), id).toBe(false);
        expect(permitted(id, { allow: [id] }), id).toBe(true);
        if (id !== 'MIT') expect(permitted(id, { deny: ['MIT'] }), id).toBe(true);
      }
    });
  });
});
