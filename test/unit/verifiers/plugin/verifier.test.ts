import { chmodSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newBudget } from '../../../../src/budget.ts';
import { digestOf } from '../../../../src/descriptor.ts';
import { exhibit, isAlive, Plugins, SUBJECT } from './plugins.ts';

const ANSWER =
  '{"isSuccess":true,"message":"fine","name":"scan","extensions":{"n":1.0},"errorReason":"r","remediation":"m"}';
const TYPE = 'application/vnd.ratify.verifier-report+json';

let plugins: Plugins;
beforeAll(() => {
  plugins = new Plugins();
});
afterAll(() => plugins.close());

/** Code and message of a report that could not be made. */
async function refused(...asked: Parameters<Plugins['ask']>): Promise<{ code: string; message: string }> {
  const { report, document } = await plugins.ask(...asked);
  expect(report).toMatchObject({ outcome: 'errored', document: '', read: false, signers: [] });
  expect(document).toBeUndefined();
  return report.error as { code: string; message: string; retryable: boolean };
}

/** Waits until something that a program does is done. */
async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (isSo()) return;
    await delay(25);
  }
  throw new Error('it never was');
}

const pidIn = (file: string): number => Number(readFileSync(file, 'utf8'));

describe('what a plugin answers', () => {
  it('is a document, byte for byte, and never a verified report', async () => {
    const command = plugins.shell('fine', `echo 'INFO: looking'\necho '  ${ANSWER} '`);
    const { report, document } = await plugins.ask(command);
    const key = digestOf(Buffer.from(ANSWER));
    expect(report).toMatchObject({
      verifier: { name: 'scan', type: 'plugin' },
      outcome: 'present',
      type: TYPE,
      subjects: [SUBJECT],
      payload: key,
      document: key,
      read: true,
      signers: [],
    });
    expect(report.message).toContain('isSuccess: true, fine');
    expect(Buffer.from(document ?? []).toString()).toBe(ANSWER);
  });

  it('is present too where it says no', async () => {
    const command = plugins.shell('no', `echo '{"isSuccess":false,"message":"too old"}'`);
    const { report } = await plugins.ask(command);
    expect(report).toMatchObject({ outcome: 'present', type: TYPE });
    expect(report.message).toContain('isSuccess: false, too old');
  });

  it('may stand on standard error, among lines of a log that are JSON themselves', async () => {
    const log = '{"level":"info","msg":"{"}';
    const command = plugins.shell(
      'noisy',
      `echo '${log}'\necho 'WARN: {half'\necho '${ANSWER}' >&2\necho '${log}' >&2`,
    );
    expect((await plugins.ask(command)).report).toMatchObject({ outcome: 'present' });
  });

  it.each([
    ['nothing', 'true', 'gave no answer'],
    ['text', 'echo it is fine', 'it is fine'],
    ['an object without isSuccess', `echo '{"message":"fine"}'`, 'gave no answer'],
    ['isSuccess as text', `echo '{"isSuccess":"true"}'`, 'gave no answer'],
    ['a list', `echo '[{"isSuccess":true}]'`, 'gave no answer'],
    ['a key twice', `echo '{"isSuccess":false,"isSuccess":true}'`, 'gave no answer'],
    ['half a surrogate pair', `printf '%s\\n' '{"isSuccess":true,"message":"\\ud800"}'`, 'gave no answer'],
    ['what is no UTF-8', `printf '{"isSuccess":true,"message":"\\377"}\\n'`, 'gave no answer'],
    ['an answer over two lines', `echo '{"isSuccess":'; echo 'true}'`, 'gave no answer'],
  ])('does not count where it is %s', async (name, script, reason) => {
    const command = plugins.shell(name.replaceAll(' ', '-'), script);
    const { code, message } = await refused(command);
    expect(code).toBe('PLUGIN_FAILED');
    expect(message).toContain(reason);
  });

  it('does not count beside another one: what is logged may be an attacker’s words', async () => {
    const command = plugins.shell('two', `echo 'annotation:'\necho '${ANSWER}'\necho '{"isSuccess":false}'`);
    expect(await refused(command)).toMatchObject({
      code: 'PLUGIN_FAILED',
      message: 'it gave 2 answers instead of one',
    });
  });

  it('does not count where the program then fails', async () => {
    const command = plugins.shell('then-fails', `echo '${ANSWER}'\nexit 3`);
    expect(await refused(command)).toMatchObject({ code: 'PLUGIN_FAILED', retryable: true });
  });
});

describe('a plugin that fails', () => {
  it.each([
    [5, true],
    [8, true],
    [2, false],
    [6, false],
  ])('is told of in its own words; error %i may pass: %s', async (code, retryable) => {
    const error = `{\n    "code": ${code},\n    "msg": "plugin command VERIFY failed",\n    "details": "no route"\n}`;
    const command = plugins.shell(`error-${code}`, `printf '%s' '${error}'\nexit 1`);
    const refusal = await refused(command);
    expect(refusal).toMatchObject({ code: 'PLUGIN_FAILED', retryable });
    expect(refusal.message).toBe(`it ended with status 1: error ${code}: plugin command VERIFY failed: no route`);
  });

  it('is told of with the end of its log, bounded', async () => {
    const command = plugins.node(
      'long',
      `console.error('x'.repeat(5000)); console.error('INFO: last'); process.exit(2);`,
    );
    const { message } = await refused(command);
    expect(message).toMatch(/^it ended with status 2; it said: x+/);
    expect(message.length).toBeLessThan(1200);
  });

  it('by a signal is told of', async () => {
    const command = plugins.shell('crash', 'kill -SEGV $$');
    expect((await refused(command)).message).toContain('SIGSEGV');
  });
});

describe('what a plugin is given', () => {
  it('is Ratify’s: variables, settings, and the artifact’s descriptor', async () => {
    const command = plugins.node(
      'given',
      `let input = ''; process.stdin.on('data', (part) => { input += part; }).on('end', () => {
         console.log(JSON.stringify({ isSuccess: true, args: process.argv.slice(2), env: process.env, input: JSON.parse(input) }));
       });`,
    );
    const { document } = await plugins.ask(command, { environment: { PATH: '/bin', TOKEN: 't' } }, exhibit({ a: 'b' }));
    const { args, env, input } = JSON.parse(Buffer.from(document ?? []).toString());
    expect(args).toEqual([]);
    expect(env).toEqual({
      PATH: '/bin',
      TOKEN: 't',
      RATIFY_VERIFIER_COMMAND: 'VERIFY',
      RATIFY_VERIFIER_SUBJECT: `registry.example/app@${SUBJECT}`,
      RATIFY_VERIFIER_VERSION: '1.0.0',
    });
    expect(input).toEqual({
      config: { name: 'scan', artifactTypes: 'application/sarif+json', maximumAge: '24h' },
      storeConfig: { version: '1.0.0', store: { name: 'oras' } },
      referenceDesc: {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest: `sha256:${'0'.repeat(64)}`,
        size: 7,
        annotations: { a: 'b' },
        artifactType: 'application/sarif+json',
      },
    });
  });

  it('has no variable that nobody named, whatever our environment holds', async () => {
    process.env.VERDICT_TEST_SECRET = 'hidden';
    const command = plugins.shell('secrets', `if env | grep -q hidden; then exit 9; fi\necho '${ANSWER}'`);
    try {
      expect((await plugins.ask(command)).report.outcome).toBe('present');
    } finally {
      delete process.env.VERDICT_TEST_SECRET;
    }
  });

  it('need not be read', async () => {
    const command = plugins.shell('reads-nothing', `exec <&-\necho '${ANSWER}'`);
    const config = { filler: 'x'.repeat(500_000) };
    expect((await plugins.ask(command, { config })).report.outcome).toBe('present');
  });

  it('is bounded: annotations are anybody’s', async () => {
    const command = plugins.shell('bounded', `echo '${ANSWER}'`);
    const large = await refused(command, {}, exhibit({ a: 'x'.repeat(2 ** 20) }));
    expect(large).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    const environment = { LARGE: 'x'.repeat(2 ** 16) };
    expect(await refused(command, { environment })).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  it('is a subject in a registry: it reads for itself', async () => {
    const command = plugins.shell('layout', `echo '${ANSWER}'`);
    expect(await refused(command, {}, { repository: '' })).toMatchObject({ code: 'REFERENCE_INVALID' });
  });

  it('counts as a report; without any left it is not run', async () => {
    const command = plugins.shell('counted', `touch ${plugins.path('ran')}\necho '${ANSWER}'`);
    const budget = { ...newBudget(), reports: 1 };
    await plugins.ask(command, {}, { budget });
    expect(budget.reports).toBe(0);
    const ran = plugins.path('not-run');
    const second = plugins.shell('uncounted', `touch ${ran}\necho '${ANSWER}'`);
    expect(await refused(second, {}, { budget })).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(existsSync(ran)).toBe(false);
  });
});

describe('a plugin that misbehaves', () => {
  it.each([
    ['standard output', ''],
    ['standard error', ' >&2'],
  ])('by writing without end to its %s is ended', async (name, redirect) => {
    const command = plugins.shell(
      `floods-${name.replace(' ', '-')}`,
      `while :; do echo '${'x'.repeat(4000)}'${redirect}; done`,
    );
    const { code, message } = await refused(command);
    expect(code).toBe('LIMIT_EXCEEDED');
    expect(message).toContain(name);
  });

  it('by hanging is ended, although it ignores SIGTERM', async () => {
    const pid = plugins.path('hangs.pid');
    const command = plugins.shell('hangs', `trap '' TERM\necho $$ > ${pid}\nwhile :; do sleep 1; done`);
    expect(await refused(command, { timeout: 3000 })).toMatchObject({ code: 'LIMIT_EXCEEDED', retryable: true });
    expect(isAlive(pidIn(pid))).toBe(false);
  });

  it('is asked to end first', async () => {
    const told = plugins.path('told');
    const command = plugins.shell('polite', `trap 'touch ${told}; exit 0' TERM\nwhile :; do sleep 0.1; done`);
    expect(await refused(command, { timeout: 3000 })).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(existsSync(told)).toBe(true);
  });

  it('by leaving something running has that ended, and is answered at once', async () => {
    const pid = plugins.path('leaves.pid');
    const command = plugins.shell('leaves', `sleep 600 &\necho $! > ${pid}\necho '${ANSWER}'`);
    expect((await plugins.ask(command)).report.outcome).toBe('present');
    await until(() => !isAlive(pidIn(pid)));
  });

  it('by leaving something that holds its output in another group is answered nevertheless', async () => {
    const pid = plugins.path('escapes.pid');
    const child = `require('node:fs').writeFileSync('${pid}', String(process.pid)); setTimeout(() => {}, 600000);`;
    const command = plugins.node(
      'escapes',
      `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { detached: true, stdio: ['ignore', 'inherit', 'inherit'] }).unref();
       const wait = () => (require('node:fs').existsSync('${pid}') ? console.log('${ANSWER}') : setTimeout(wait, 20));
       wait();`,
    );
    expect((await plugins.ask(command)).report.outcome).toBe('present');
    process.kill(pidIn(pid), 'SIGKILL');
  });
});

describe('a program that may not be run', () => {
  it.each([
    ['writable by its group', 0o775, 'written by others'],
    ['writable by everybody', 0o757, 'written by others'],
    ['not executable', 0o644, 'may not be executed'],
  ])('is one that is %s', async (name, mode, reason) => {
    const command = plugins.shell(name.replaceAll(' ', '-'), `echo '${ANSWER}'`);
    chmodSync(command, mode);
    const refusal = await refused(command);
    expect(refusal.code).toBe('CONFIG_INVALID');
    expect(refusal.message).toContain(reason);
  });

  it('is one that is a link, a directory, not there, or named relatively', async () => {
    const link = plugins.path('link');
    symlinkSync(plugins.shell('target', `echo '${ANSWER}'`), link);
    expect((await refused(link)).message).toContain('regular file');
    expect((await refused(plugins.directory)).message).toContain('regular file');
    expect(await refused(plugins.path('none'))).toMatchObject({ code: 'FILE_UNREADABLE' });
    expect((await refused('target')).message).toContain('absolute');
  });

  it('is one whose interpreter is not there', async () => {
    const command = plugins.shell('broken', '');
    const { writeFileSync } = await import('node:fs');
    writeFileSync(command, '#!/nowhere/at/all\n');
    expect(await refused(command)).toMatchObject({ code: 'PLUGIN_FAILED' });
  });
});

describe('a decision that ends', () => {
  it('ends its plugin', async () => {
    const pid = plugins.path('waits.pid');
    const command = plugins.shell('waits', `echo $$ > ${pid}\nwhile :; do sleep 0.1; done`);
    const controller = new AbortController();
    const asked = refused(command, {}, { signal: controller.signal });
    await until(() => existsSync(pid) && pidIn(pid) > 0);
    controller.abort();
    expect(await asked).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(isAlive(pidIn(pid))).toBe(false);
  });
});
