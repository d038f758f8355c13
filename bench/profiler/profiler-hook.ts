import { Session } from 'node:inspector/promises';

/** Loaded into the server under test by `--profile`: its parent says when to record where time goes. */
const SAMPLE_EVERY_MICROS = 200;
const session = new Session();
session.connect();

process.on('message', (message: { profile?: 'start' | 'stop' }) => {
  if (message.profile) void answer(message.profile);
});
// Listening must not keep the server alive when it is told to end.
process.channel?.unref();

async function answer(wanted: 'start' | 'stop'): Promise<void> {
  if (wanted === 'start') {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_MICROS });
    await session.post('Profiler.start');
    process.send!({ text: '' });
    return;
  }
  const { profile } = await session.post('Profiler.stop');
  process.send!({ text: JSON.stringify(profile) });
}
