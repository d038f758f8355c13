import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';

/** Runs a program that logs to the real standard output and returns what arrived there and how it ended. */
function run(program: string): Promise<{ messages: string[]; exitCode: number | string | null }> {
  const source = `
    import { createLogging } from '#kernel/telemetry/logging.ts';
    import { systemClock } from '#kernel/clock.ts';
    const logging = createLogging({ clock: systemClock });
    const logger = logging.service('main');
    ${program}`;
  return new Promise((resolve) => {
    execFile(process.execPath, ['--input-type=module', '--eval', source], (error, stdout) => {
      const messages = stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { message: string }).message);
      resolve({ messages, exitCode: error ? (error.code ?? null) : 0 });
    });
  });
}

test('OBS-07 buffered lines reach standard output when the process exits, ends by itself or dies', async () => {
  const [exits, ends, dies] = await Promise.all([
    run("logger.info('one'); logger.info('two'); process.exit(3);"),
    run("for (let index = 0; index < 200; index += 1) logger.info('line ' + index);"),
    run("logger.info('before'); throw new Error('crash');"),
  ]);
  assert.deepEqual(exits, { messages: ['one', 'two'], exitCode: 3 });
  assert.equal(ends.messages.length, 200);
  assert.equal(ends.messages[199], 'line 199');
  assert.deepEqual(dies, { messages: ['before'], exitCode: 1 });
});

test('OBS-07 a fatal line and an awaited flush are out even when the process is killed at once', async () => {
  const [fatal, flushed, waited] = await Promise.all([
    run("logger.info('before'); logger.fatal('last'); process.kill(process.pid, 'SIGKILL');"),
    run("logger.info('kept'); await logging.flush(); process.kill(process.pid, 'SIGKILL');"),
    run("logger.info('timer'); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 600);"),
  ]);
  assert.deepEqual(fatal.messages, ['before', 'last']);
  assert.deepEqual(flushed.messages, ['kept']);
  assert.deepEqual(waited.messages, ['timer']);
});
