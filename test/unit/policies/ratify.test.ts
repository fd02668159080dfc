import { afterAll, describe, expect, it } from 'vitest';
import { ratifySources, starterSources, withoutTests } from '../../../src/config/sources.ts';
import { lint } from '../../../src/rego/lint.ts';
import { createToolchain } from '../../../src/rego/toolchain.ts';
import { readJson } from './config.ts';

const toolchain = createToolchain();
afterAll(() => toolchain.close());

/** Milliseconds: some 220 cases in OPA inside Node, with coverage, on a machine that does other things too. */
const SLOW = 120_000;

const { files } = ratifySources();
const code = withoutTests(ratifySources()).files;

const typed = {
  schemas: [
    { name: 'evidence', schema: readJson('schemas/evidence.schema.json') },
    { name: 'ratify', schema: readJson('schemas/ratify.schema.json') },
  ],
  typed: [
    { path: 'input', schema: 'evidence' },
    { path: 'data.config', schema: 'ratify' },
  ],
};

describe('the adapter of policies written for Ratify', () => {
  it('is no part of the starter', () => {
    expect(code.length).toBeGreaterThan(10);
    expect(starterSources().files.filter(({ path }) => path.startsWith('conventions/'))).toEqual([]);
  });

  it('fits the schemas of evidence and configuration', async () => {
    expect(await toolchain.check({ files: code, ...typed })).toEqual([]);
  });

  it.each([
    ['of the input', 'conventions/ratify/listing.rego', 'input.subject.digest', 'input.subject.diges'],
    ['of the configuration', 'conventions/ratify/results.rego', 'data.config.artifactPolicies', 'data.config.policies'],
  ])('has no misspelt key: one %s is found', async (_, path, text, wrong) => {
    const mistyped = code.map((file) =>
      file.path === path ? { path, text: file.text.replaceAll(text, wrong) } : file,
    );
    const faults = await toolchain.check({ files: mistyped, ...typed });
    expect(faults.map(({ code, file }) => ({ code, file }))).toContainEqual({ code: 'rego_type_error', file: path });
  });

  it.each([0, 1] as const)('compiles beside policies in Rego v%i', async (regoVersion) => {
    expect(await toolchain.check({ files, regoVersion, strict: false })).toEqual([]);
  });

  it('keeps the house rules, but that it reads evidence as it is', async () => {
    const facts = await toolchain.inspect({ files: code });
    const faults = facts.ok ? lint(facts, { shape: 'rules' }) : facts.faults;
    // `opa fmt` drops the import of `not` beside `import rego.v1` where a file has no `not`.
    const own = faults.filter(({ code }) => code !== 'raw-input' && code !== 'not-import');
    expect(own).toEqual([]);
    const unimported = faults.filter(({ code }) => code === 'not-import').map(({ file }) => file);
    const texts = new Map(code.map(({ path, text }) => [path, text]));
    expect(unimported.filter((file) => /\bnot\b(?!e)/.test(withoutComments(texts.get(file) ?? 'not')))).toEqual([]);
  });

  it('is formatted', async () => {
    const formatted = await toolchain.format({ files });
    expect(formatted.ok && formatted.files.filter(({ changed }) => changed).map(({ path }) => path)).toEqual([]);
  });

  it('passes its own tests, which reach all of it', { timeout: SLOW }, async () => {
    const report = await toolchain.test({ files, coverage: true, timeoutMs: SLOW });
    if (!report.ok) throw new Error(JSON.stringify(report.faults));
    expect(report.results.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(report.results.flatMap(({ cases }) => cases).length).toBeGreaterThan(150);
    expect((report.coverage?.files ?? []).filter(({ notCovered }) => notCovered.length > 0)).toEqual([]);
  });
});

/** Neither comments nor texts. */
const withoutComments = (text: string): string => text.replaceAll(/#.*|"[^"]*"/g, '');
