import { describe, expect, it } from 'vitest';
import { describeFaults } from '../../../src/cli/output/faults.ts';
import { progress } from '../../../src/cli/output/progress.ts';
import { bytes, plural, printable, short, style } from '../../../src/cli/output/style.ts';

describe('text from outside', () => {
  it.each([
    ['\u001b[2Jgone', '\ufffd[2Jgone'],
    ['two\nlines', 'two\ufffdlines'],
    ['\u202efdp.exe', '\ufffdfdp.exe'],
    ['a\u0000b', 'a\ufffdb'],
    ['ordinary – ü 🎉', 'ordinary – ü 🎉'],
  ])('%j is printed without control over the terminal', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });
});

describe('colour', () => {
  it('is there only where it was asked for', () => {
    expect(style(false).bad('no')).toBe('no');
    expect(style(true).bad('no')).toBe('\u001b[31m\u001b[1mno\u001b[22m\u001b[39m');
  });
});

describe('figures', () => {
  it('are what a person says', () => {
    expect([bytes(1), bytes(2048), bytes(3 * 1024 * 1024)]).toEqual(['1 B', '2.0 KiB', '3.0 MiB']);
    expect([plural(1, 'target'), plural(2, 'target')]).toEqual(['1 target', '2 targets']);
    expect(short(`sha256:${'a'.repeat(64)}`)).toBe('sha256:aaaaaaaaaaaa…');
  });
});

describe('faults', () => {
  it('stand where editors look for them, and are counted', () => {
    const fault = { file: 'p.rego', line: 3, column: 1, message: 'no', severity: 'error' as const, code: 'x' };
    const warning = { ...fault, severity: 'warning' as const, file: '' };
    expect(describeFaults([fault, warning], style(false))).toBe(
      'p.rego:3:1: error: no [x]\nwarning: no [x]\n\n1 error, 1 warning\n',
    );
  });
});

describe('progress', () => {
  it('draws nothing where nobody watches', () => {
    const said: string[] = [];
    const line = progress({ err: (text) => void said.push(text), progress: false }, () => 0);
    line.onStep('discover');
    line.end();
    expect(said).toEqual([]);
  });

  it('says what is slow, and leaves no trace', async () => {
    const said: string[] = [];
    const line = progress({ err: (text) => void said.push(text), progress: true }, () => 7);
    line.onStep('discover');
    await new Promise((resolve) => setTimeout(resolve, 900));
    line.end();
    expect(said.some((text) => text.includes('looking for evidence (7 requests)'))).toBe(true);
    expect(said.at(-1)).toBe('\r\u001b[K');
  });
});
