import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSources } from '../../../src/config/sources.ts';

let root: string;
let policy: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'verdict-sources-'));
  policy = join(root, 'policy');
  mkdirSync(policy);
});
afterEach(() => rmSync(root, { recursive: true }));

const names = (): readonly string[] => {
  const { files, data } = readSources([policy]);
  return [...files, ...data].map(({ path }) => path);
};

describe('a directory of Rego', () => {
  it('may be a config map as Kubernetes mounts it', () => {
    mkdirSync(join(policy, '..1'));
    symlinkSync('..1', join(policy, '..data'));
    for (const name of ['a.rego', 'data.json', 'notes.txt']) {
      writeFileSync(join(policy, '..1', name), name === 'data.json' ? '{}' : 'package a\n');
      symlinkSync(join('..data', name), join(policy, name));
    }
    expect(names()).toEqual(['a.rego', 'data.json']);
  });

  it('may be a link itself', () => {
    writeFileSync(join(policy, 'a.rego'), 'package a\n');
    symlinkSync(policy, join(root, 'link'));
    expect(readSources([join(root, 'link')]).files.map(({ path }) => path)).toEqual(['a.rego']);
  });

  it('has nothing to which a link leads out of it', () => {
    writeFileSync(join(root, 'outside.rego'), 'package secret\n');
    mkdirSync(join(root, 'policy-beside'));
    writeFileSync(join(root, 'policy-beside', 'b.rego'), 'package secret\n');
    mkdirSync(join(policy, 'own'));
    writeFileSync(join(policy, 'own', 'a.rego'), 'package a\n');
    symlinkSync(join(root, 'outside.rego'), join(policy, 'x.rego'));
    symlinkSync(join(root, 'policy-beside', 'b.rego'), join(policy, 'y.rego'));
    symlinkSync(root, join(policy, 'up'));
    symlinkSync(join(policy, 'own'), join(policy, 'z.rego'));
    expect(names()).toEqual(['own/a.rego']);
  });

  it('with a link to nothing is refused: something is missing', () => {
    symlinkSync(join(policy, 'none'), join(policy, 'a.rego'));
    expect(names).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
  });
});
