import { basename } from 'node:path';
import { Document } from 'yaml';
import type { ConfigDocument } from '../ratify/document.ts';
import type { Fault } from './document.ts';

/**
 * A configuration as YAML for a person: where it comes from and what is different at its head, Rego and certificates as
 * blocks of text. It loads to the same configuration as the files it was made from.
 */
export function migrationYaml(document: ConfigDocument, files: readonly string[], changes: readonly Fault[]): string {
  const made = new Document(document, { aliasDuplicateObjects: false });
  const told = changes.map(({ file, line, message }) => `- ${basename(file)}:${line} ${message}`);
  const head = [
    `Made of ${files.map((file) => basename(file)).join(', ')} by \`verdict migrate ratify\`. Paths are absolute; docs/configuration.md has every setting.`,
    '`registries: "*"` lets images lie at private addresses, as with Ratify: name your registries instead, and requests stay among them.',
    ...(told.length === 0 ? [] : ['Not as with Ratify, or to be done by hand:', ...told]),
  ];
  made.commentBefore = head.map((line) => ` ${line.replaceAll(/\p{Cc}+/gu, ' ')}`).join('\n');
  return made.toString({ lineWidth: 0, blockQuote: 'literal' });
}
