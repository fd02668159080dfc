import { afterAll, describe, expect, it } from 'vitest';
import { lint } from '../../../src/rego/lint.ts';
import { createToolchain } from '../../../src/rego/toolchain.ts';
import { readJson } from './config.ts';
import { sources, withoutTests } from './policy.ts';

const toolchain = createToolchain();
afterAll(() => toolchain.close());

/** Milliseconds: some 500 cases in OPA inside Node, with coverage, on a machine that does other things too. */
const SLOW = 180_000;

const files = sources();
const typed = {
  schemas: [
    { name: 'evidence', schema: readJson('schemas/evidence.schema.json') },
    { name: 'policy', schema: readJson('schemas/policy.schema.json') },
  ],
  typed: [
    { path: 'input', schema: 'evidence' },
    { path: 'data.config', schema: 'policy' },
  ],
};

/** The policy with one text replaced in one file, as somebody would mistype it. */
const mistyped = (path: string, text: string, wrong: string) =>
  withoutTests(files).map((file) => {
    if (file.path !== path) return file;
    expect(file.text).toContain(text);
    return { path, text: file.text.replaceAll(text, wrong) };
  });

describe('the starter policy', () => {
  it('fits the schemas of evidence and configuration', async () => {
    expect(await toolchain.check({ files: withoutTests(files), ...typed })).toEqual([]);
  });

  it('compiles with its tests', async () => {
    expect(await toolchain.check({ files })).toEqual([]);
  });

  it('keeps the house rules', async () => {
    const facts = await toolchain.inspect({ files });
    expect(facts.ok && lint(facts, { shape: 'rules' })).toEqual([]);
  });

  it('is formatted', async () => {
    const formatted = await toolchain.format({ files });
    expect(formatted.ok && formatted.files.filter(({ changed }) => changed).map(({ path }) => path)).toEqual([]);
  });

  it('passes its own tests, which reach all of it', { timeout: SLOW }, async () => {
    const report = await toolchain.test({ files, coverage: true, timeoutMs: SLOW });
    if (!report.ok) throw new Error(JSON.stringify(report.faults));
    const failed = report.results.filter(({ outcome }) => outcome !== 'passed');
    expect(failed).toEqual([]);
    expect(report.results.flatMap(({ cases }) => cases).length).toBeGreaterThan(350);
    const missed = (report.coverage?.files ?? []).filter(({ notCovered }) => notCovered.length > 0);
    expect(missed).toEqual([]);
  });

  it('has a test beside every rule', () => {
    const rules = files.filter(({ path }) => path.startsWith('rules/') && !path.endsWith('_test.rego'));
    const tests = new Set(files.map(({ path }) => path));
    expect(rules.map(({ path }) => path.replace('.rego', '_test.rego')).filter((path) => !tests.has(path))).toEqual([]);
  });
});

describe('a misspelt key', () => {
  it.each([
    ['of the input', 'lib/elements.rego', 'input.context.parameters', 'input.context.paramters'],
    ['of the configuration', 'rules/licence/disallowed/disallowed.rego', 'licences.allow)', 'licences.alow)'],
    ['of an SBOM', 'rules/sbom/read/read.rego', 'sbom.content.packages', 'sbom.content.pakages'],
    ['of a package', 'rules/licence/unknown/unknown.rego', 'package_.content.scope', 'package_.content.scop'],
    ['of a provenance', 'rules/provenance/commit/commit.rego', 'source.commit', 'source.comit'],
    ['of a scan', 'rules/vulnerability/recent/recent.rego', 'scan.content.finished', 'scan.content.finishd'],
    ['of a finding', 'rules/vulnerability/severity/severity.rego', 'found.content.state', 'found.content.stat'],
    ['of a signature', 'rules/signature/logged/logged.rego', 'signature.content.logged', 'signature.content.loged'],
    ['of who signed when', 'rules/signature/recent/recent.rego', 'signature.content.time', 'signature.content.tim'],
    ['of a waived check', 'rules/signature/relaxed/relaxed.rego', 'waived.check', 'waived.chek'],
    ['of the list of checks', 'rules/signature/relaxed/relaxed.rego', 'signature.relaxed', 'signature.relaxd'],
    ['of a report', 'rules/evidence/failed/failed.rego', 'failure.report.message', 'failure.report.mesage'],
  ])('%s is found when the policy is checked', async (_, path, text, wrong) => {
    const faults = await toolchain.check({ files: mistyped(path, text, wrong), ...typed });
    expect(faults.map(({ code, file }) => ({ code, file }))).toContainEqual({ code: 'rego_type_error', file: path });
  });
});
