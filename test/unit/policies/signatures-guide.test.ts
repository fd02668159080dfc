import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { lint } from '../../../src/rego/lint.ts';
import { createToolchain, type Toolchain } from '../../../src/rego/toolchain.ts';
import { complete, readText, rules } from './config.ts';
import { evidenceOf, keySigner } from './evidence.ts';
import { sources, withoutTests } from './policy.ts';
import { type Starter, starter } from './starter.ts';

/** What `docs/signatures-in-policy.md` shows. */
const GUIDE = readText('docs/signatures-in-policy.md');
const shown = (language: string): readonly string[] =>
  [...GUIDE.matchAll(/```(?<language>\w+)\n(?<text>[\s\S]*?)```/g)]
    .filter(({ groups }) => groups?.language === language)
    .map(({ groups }) => groups?.text ?? '');

const [rule] = shown('rego').map((text) => ({ path: 'rules/acme/named/named.rego', text }));

let toolchain: Toolchain;
let policy: Starter;
beforeAll(async () => {
  toolchain = createToolchain();
  policy = await starter(rule === undefined ? [] : [rule]);
});
afterAll(() => Promise.all([toolchain.close(), policy.close()]));

describe('the guide about signatures', () => {
  const configs = shown('yaml').map(
    (text) => (parse(text) as { readonly policy: { readonly config: object } }).policy.config,
  );

  it('shows some configurations', () => {
    expect(configs.length).toBeGreaterThan(3);
  });

  it.each(configs)('shows configuration %# as the schema has it, with rules that exist', (config) => {
    const { faults, config: completed } = complete(config);
    expect(faults).toEqual([]);
    const { profiles } = completed as {
      readonly profiles: Readonly<Record<string, { readonly required: string[]; readonly prohibited: string[] }>>;
    };
    const names = Object.values(profiles).flatMap(({ required, prohibited }) => [...required, ...prohibited]);
    expect(names.filter((name) => !rules().includes(name))).toEqual([]);
  });

  it('shows a rule that is formatted and keeps the house rules', async () => {
    const formatted = await toolchain.format({ files: rule === undefined ? [] : [rule] });
    expect(formatted.ok && formatted.files).toMatchObject([{ changed: false }]);
    const facts = await toolchain.inspect({
      files: [...withoutTests(sources()), ...(rule === undefined ? [] : [rule])],
    });
    expect(facts.ok && lint(facts, { shape: 'rules' })).toEqual([]);
  });

  it('shows a rule that denies a signature for another repository', async () => {
    const type = 'application/vnd.dev.cosign.simplesigning.v1+json';
    const payload = (reference: string): object => ({ critical: { identity: { 'docker-reference': reference } } });
    const config = {
      profile: 'mine',
      profiles: { mine: { required: ['acme.named'] } },
      identities: [{ name: 'release', types: [type], trust: 'release', kind: 'key' }],
    };
    const codesOf = async (reference: string): Promise<readonly string[]> => {
      const signers = [keySigner('release', 'sha256:k')];
      const evidence = evidenceOf([{ type, content: payload(reference), outcome: 'verified', signers }]);
      return (await policy.decide(evidence, config)).violations.map(({ code }) => code);
    };
    expect(await codesOf('registry.example/acme/app')).toEqual([]);
    expect(await codesOf('registry.example/acme/other')).toEqual(['acme.named']);
  });
});
