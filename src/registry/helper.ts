import { VerdictError } from '../errors.ts';
import { isObject, parseJson } from '../json.ts';
import type { Credential, Surroundings } from './options.ts';

/** A helper's name is part of a program's name and nothing else. */
const SUFFIX = /^[a-zA-Z0-9_-][a-zA-Z0-9._-]{0,63}$/;
/** User name with which helpers say that the secret is an identity token. */
const IDENTITY = '<token>';
/** What helpers say where they know no such server. https://github.com/docker/docker-credential-helpers */
const NOT_FOUND = 'credentials not found in native keychain';
/** Characters of a helper's complaint that get into a message. */
const MAX_QUOTE = 200;

/**
 * Asks `docker-credential-<suffix> get`. Undefined where it knows no such server. Throws CREDENTIALS_INVALID.
 * https://docs.docker.com/reference/cli/docker/login/#credential-helper-protocol
 */
export async function askHelper(
  suffix: string,
  server: string,
  { execute }: Pick<Surroundings, 'execute'>,
): Promise<Credential | undefined> {
  if (!SUFFIX.test(suffix)) {
    throw new VerdictError(
      'CREDENTIALS_INVALID',
      `${JSON.stringify(suffix.slice(0, 100))} cannot name a credential helper`,
    );
  }
  const program = `docker-credential-${suffix}`;
  const { code, stdout, stderr } = await execute(program, 'get', server);
  if (code !== 0) {
    const complaint = `${stdout} ${stderr}`.replaceAll(/[^\x20-\x7e]+/g, ' ').trim();
    if (complaint.includes(NOT_FOUND)) return undefined;
    throw new VerdictError(
      'CREDENTIALS_INVALID',
      `${program} ended with ${code} for ${server}: ${complaint.slice(0, MAX_QUOTE)}`,
    );
  }
  const answer = parseJson(new TextEncoder().encode(stdout), `the answer of ${program}`, 'CREDENTIALS_INVALID');
  const { Username: username, Secret: secret } = isObject(answer) ? answer : {};
  if (typeof username !== 'string' || typeof secret !== 'string') {
    throw new VerdictError('CREDENTIALS_INVALID', `${program} answered without "Username" and "Secret"`);
  }
  if (username === '' && secret === '') return undefined;
  return username === IDENTITY
    ? { kind: 'identity', username: '', token: secret }
    : { kind: 'basic', username, password: secret };
}
