import { closeSync, existsSync, openSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createRunner } from '../../../../src/verifiers/plugin/runner.ts';
import { Plugins } from './plugins.ts';

const ANSWER = '{"isSuccess":true}';

let plugins: Plugins;
afterEach(() => plugins.close());

describe('the runner', () => {
  it('runs no more than so many at a time, and refuses when too many wait', async () => {
    plugins = new Plugins(createRunner({ processes: 1, waiting: 1 }));
    const go = plugins.path('go');
    const command = plugins.shell(
      'counts',
      `touch ${plugins.directory}/$$.running\nwhile [ ! -e ${go} ]; do sleep 0.05; done\nrm ${plugins.directory}/$$.running\necho '${ANSWER}'`,
    );
    const running = (): number => readdirSync(plugins.directory).filter((name) => name.endsWith('.running')).length;
    const first = plugins.ask(command);
    while (running() === 0) await delay(20);
    const second = plugins.ask(command);
    const third = await plugins.ask(command);
    expect(third.report.error).toMatchObject({ code: 'LIMIT_EXCEEDED', retryable: true });
    expect(running()).toBe(1);
    openSync(go, 'w');
    expect((await Promise.all([first, second])).map(({ report }) => report.outcome)).toEqual(['present', 'present']);
  });

  it('lets who waits no longer go, without starting anything', async () => {
    plugins = new Plugins(createRunner({ processes: 1, waiting: 9 }));
    const go = plugins.path('go');
    const command = plugins.shell('blocks', `while [ ! -e ${go} ]; do sleep 0.05; done\necho '${ANSWER}'`);
    const other = plugins.shell('other', `touch ${plugins.path('other-ran')}\necho '${ANSWER}'`);
    const first = plugins.ask(command);
    const controller = new AbortController();
    const second = plugins.ask(other, {}, { signal: controller.signal });
    controller.abort();
    expect((await second).report.error).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    openSync(go, 'w');
    expect((await first).report.outcome).toBe('present');
    expect(existsSync(plugins.path('other-ran'))).toBe(false);
    expect((await plugins.ask(other)).report.outcome).toBe('present');
  });

  it('tries again while the program is still being written', async () => {
    let writer = -1;
    const slept: number[] = [];
    const sleep = async (ms: number): Promise<void> => {
      slept.push(ms);
      closeSync(writer);
    };
    plugins = new Plugins(createRunner({ processes: 1, waiting: 1, sleep }));
    const command = plugins.shell('busy', `echo '${ANSWER}'`);
    writer = openSync(command, 'r+');
    expect((await plugins.ask(command)).report.outcome).toBe('present');
    expect(slept).toEqual([1000]);
  });

  it('gives up where it is written for ever', async () => {
    const slept: number[] = [];
    const sleep = async (ms: number): Promise<void> => void slept.push(ms);
    plugins = new Plugins(createRunner({ processes: 1, waiting: 1, sleep }));
    const command = plugins.shell('busy', `echo '${ANSWER}'`);
    const writer = openSync(command, 'r+');
    expect((await plugins.ask(command)).report.error).toMatchObject({ code: 'PLUGIN_FAILED' });
    expect(slept).toHaveLength(5);
    closeSync(writer);
  });

  it('ends what runs when it is closed', async () => {
    plugins = new Plugins();
    const started = plugins.path('started');
    const command = plugins.shell('runs', `touch ${started}\nwhile :; do sleep 0.1; done`);
    const asked = plugins.ask(command);
    while (!existsSync(started)) await delay(20);
    await plugins.runner.close();
    expect((await asked).report.error).toMatchObject({ code: 'PLUGIN_FAILED' });
  });
});
