import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../support/decide.ts';

/** Runs the entry point in a process of its own that believes to be another version of Node.js. */
function runAs(version: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  const args = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, `${ROOT}src/cli/main.ts`, 'version'];
  return spawnSync(process.execPath, args, { encoding: 'utf8' });
}

describe('the command', () => {
  it.each(['18.0.0', '20.20.2', '24.14.9'])('says what it needs on Node.js %s', (version) => {
    const { status, stdout, stderr } = runAs(version);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toContain('NODE_TOO_OLD');
  });

  it.each(['24.15.0', '26.0.0'])('runs on Node.js %s', (version) => {
    expect(runAs(version)).toMatchObject({ status: 0, stderr: '' });
  });
});
