import { VerdictError } from '../errors.ts';
import type { Config } from '../generated/config.ts';
import type { Validator } from '../schema-fault.ts';
import { STARTER_SCHEMAS } from '../verifiers/json/schemas.ts';
import type { VerifierSettings } from '../verifiers/table.ts';
import { readSchema } from './resources.ts';
import { readText } from './text.ts';

/** A verifier's settings with its schemas compiled; the compiler is only loaded where there are some. */
export async function verifierSettings({
  type,
  name,
  schemas,
}: Config['verifiers'][number]): Promise<VerifierSettings> {
  const validators = Object.entries(schemas).map(
    async ([document, source]) => [document, await validator(document, source)] as const,
  );
  return { type, name, schemas: new Map(await Promise.all(validators)) };
}

async function validator(document: string, source: string): Promise<Validator> {
  const { compileSchema } = await import('../schema.ts');
  if (source !== 'starter') return compileSchema(parsed(source), source);
  const name = STARTER_SCHEMAS.get(document);
  if (name !== undefined) return compileSchema(readSchema(name), name);
  const known = [...STARTER_SCHEMAS.keys()].join(', ');
  throw new VerdictError(
    'CONFIG_INVALID',
    `verifiers.schemas: no starter schema for ${document}; there are some for ${known}`,
  );
}

function parsed(path: string): unknown {
  const text = readText(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new VerdictError('CONFIG_INVALID', `the schema ${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
}
