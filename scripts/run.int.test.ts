import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

// A project that has nothing but the launcher and a small program: what is proven here is the launcher's own part.
const base = mkdtempSync(join(tmpdir(), 'techcorp launcher ü '));
const program = `
  let count = 0;
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      console.log(signal, ++count);
      // Late enough for a signal delivered twice to show.
      setTimeout(() => process.exit(7), 300);
    });
  }
  setInterval(() => {}, 1000);
  console.log('ready', process.pid);
`;

interface Started {
  launcher: ChildProcess;
  childId: number;
  output(): string;
  exit: Promise<[number | null, string | null]>;
}

async function start(task: string, detached = false): Promise<Started> {
  const { npm_lifecycle_event: _, ...env } = process.env;
  const launcher = spawn(process.execPath, [join(base, 'scripts', 'run.mjs'), task], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached,
    env,
  });
  let output = '';
  const ready = new Promise<void>((resolve) => {
    launcher.stdout?.on('data', (chunk: Buffer) => {
      output += chunk;
      if (output.includes('ready')) resolve();
    });
  });
  const exit = once(launcher, 'close') as Promise<[number | null, string | null]>;
  await Promise.race([ready, exit]);
  return { launcher, childId: Number(/ready (\d+)/.exec(output)?.[1] ?? 0), output: () => output, exit };
}

describe('launcher: running a task', () => {
  before(() => {
    for (const folder of ['scripts', 'src', 'node_modules']) mkdirSync(join(base, folder));
    for (const name of ['run.mjs', 'run-setup.mjs', 'run-lock.mjs', 'run-child.mjs', 'server-flags.mjs']) {
      cpSync(join(import.meta.dirname, name), join(base, 'scripts', name));
    }
    const lockFile = '{"packages":{}}';
    writeFileSync(join(base, 'package.json'), '{"type":"module"}');
    writeFileSync(join(base, 'package-lock.json'), lockFile);
    const hash = createHash('sha256').update(lockFile).digest('hex');
    writeFileSync(join(base, 'node_modules', '.techcorp-lock'), hash);
    writeFileSync(join(base, 'src', 'main.ts'), program);
    writeFileSync(join(base, 'scripts', 'seed.ts'), 'process.exitCode = process.argv.length;');
    writeFileSync(join(base, 'scripts', 'admin.ts'), `setInterval(() => {}, 1000); console.log('ready', process.pid);`);
  });
  after(() => rmSync(base, { recursive: true, force: true }));

  it('ends with the exit code of the task', async () => {
    const { exit } = await start('seed');
    assert.deepEqual(await exit, [2, null]);
  });

  it('hands SIGTERM over and waits for the orderly end', async () => {
    const { launcher, exit, output } = await start('start');
    launcher.kill('SIGTERM');
    assert.deepEqual(await exit, [7, null]);
    assert.match(output(), /SIGTERM 1/);
  });

  it('lets Ctrl-C, which reaches the whole process group, arrive exactly once', async () => {
    const { launcher, exit, output } = await start('start', true);
    process.kill(-(launcher.pid ?? 0), 'SIGINT');
    assert.deepEqual(await exit, [7, null]);
    assert.match(output(), /SIGINT 1/);
    assert.doesNotMatch(output(), /SIGINT 2/);
  });

  it('ends by the same signal as a task that does not handle it', async () => {
    const { launcher, exit } = await start('admin');
    launcher.kill('SIGTERM');
    assert.deepEqual(await exit, [null, 'SIGTERM']);
  });

  it('does not leave the task behind when the launcher is killed', async () => {
    const { launcher, exit, output } = await start('start');
    launcher.kill('SIGKILL');
    // The output closes only when the task, which inherited it, has ended too.
    assert.deepEqual(await exit, [null, 'SIGKILL']);
    assert.match(output(), /SIGTERM 1/);
  });

  it('explains itself when the task is unknown', async () => {
    const { exit } = await start('dance');
    assert.deepEqual(await exit, [2, null]);
  });
});
