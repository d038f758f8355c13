import { destination } from 'pino';

/** Where log lines go. Tests pass an object with `write`; pino calls `flushSync` after a line of level fatal. */
export interface LogOutput {
  write(line: string): void;
  flushSync?(): void;
  /** Resolves when every line written so far has been handed to the operating system. */
  flush?(): Promise<void>;
}

const BATCH_LENGTH = 32_768;
/** Above a batch, so that the destination writes when it is told to, asynchronously or not, and never by itself. */
const DESTINATION_MIN_LENGTH = 48_000;
/** A batch leaves in one call of the operating system; a pipe of Linux takes 64 KB. */
const DESTINATION_MAX_WRITE = 65_536;
const BATCH_MS = 200;

/**
 * Standard output, written in batches of 32 KB or 200 ms by pino's asynchronous destination: a slow reader of the pipe
 * does not hold up requests. The batches are made here because the destination measures its whole buffer again at each
 * write, which costs more than the line (3–4 µs against 0.2). Lines still waiting at exit are written synchronously.
 */
export function bufferedStandardOutput(): LogOutput {
  const sink = destination({ fd: 1, sync: false, minLength: DESTINATION_MIN_LENGTH, maxWrite: DESTINATION_MAX_WRITE });
  let batch = '';
  let timer: NodeJS.Timeout | undefined;

  function handOver(): void {
    clearTimeout(timer);
    timer = undefined;
    if (batch === '') return;
    sink.write(batch);
    batch = '';
  }
  function send(): void {
    handOver();
    sink.flush();
  }
  function flushSync(): void {
    handOver();
    sink.flushSync();
  }

  process.once('exit', flushSync);
  return {
    write(line) {
      batch += line;
      if (batch.length >= BATCH_LENGTH) send();
      else timer ??= setTimeout(send, BATCH_MS).unref();
    },
    flushSync,
    async flush() {
      handOver();
      // An error can only be that of fsync, which a pipe does not have; a closed pipe ends the program elsewhere.
      await new Promise<void>((resolve) => sink.flush(() => resolve()));
    },
  };
}
