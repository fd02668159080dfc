import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceFile } from '../../../src/rego/source.ts';
import { pathOf, readText } from './config.ts';

/** Every Rego file of the policy, tests included, by its path below `policies/`; what conventions need is no part of it. */
export const sources = (): readonly SourceFile[] =>
  readdirSync(pathOf('policies'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.rego'))
    .map((entry) => join(entry.parentPath, entry.name).replace(pathOf('policies/'), ''))
    .filter((path) => !path.startsWith('conventions/'))
    .sort()
    .map((path) => ({ path, text: readText(`policies/${path}`) }));

/** Without the tests: what is compiled. */
export const withoutTests = (files: readonly SourceFile[]): readonly SourceFile[] =>
  files.filter(({ path }) => !path.endsWith('_test.rego'));
