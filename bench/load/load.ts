import { connect, type Socket } from 'node:net';
import type { LoadOrder, LoadResult } from './load-order.ts';

/**
 * The load generator, a process of its own: HTTP/1.1 keep-alive over raw sockets with prebuilt request bytes, one request
 * in flight per connection. It reads no more of an answer than the status and the length, because it shares the machine
 * with the server it measures. Baseline and server are always loaded by this same program.
 */
const HEAD_END = Buffer.from('\r\n\r\n');
/** Of `content-length: ` and `Content-Length: ` alike. */
const LENGTH_NAME = Buffer.from('ength: ');
const RECEIVE_BYTES = 64 * 1024;
/** Connections that stay silent this long break the bench rather than hang it. */
const PATIENCE_MS = 10_000;

interface Run {
  order: LoadOrder;
  requests: Buffer[];
  latenciesMs: Float64Array;
  count: number;
  nextRequest: number;
  nextKey: number;
  statuses: Map<number, number>;
  sample: string;
  measureFrom: number;
  measureUntil: number;
  fail(error: Error): void;
}

process.on('message', (order: LoadOrder) => {
  run(order).then(
    (result) => process.send!({ result }),
    (error: Error) => process.send!({ failure: error.message }),
  );
});
process.once('disconnect', () => process.exit(0));

async function run(order: LoadOrder): Promise<LoadResult> {
  let failure: Error | undefined;
  const startedMs = performance.now();
  const measureFrom = startedMs + order.warmUpMs;
  const current: Run = {
    order,
    requests: order.requests.map((text) => Buffer.from(text)),
    latenciesMs: new Float64Array(1 << 16),
    count: 0,
    nextRequest: 0,
    nextKey: 0,
    statuses: new Map(),
    sample: '',
    measureFrom,
    measureUntil: measureFrom + order.durationMs,
    fail(error) {
      failure ??= error;
    },
  };
  const until = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, order.warmUpMs + order.durationMs + PATIENCE_MS);
    timer.unref();
  }).then(() => current.fail(new Error('The server stopped answering')));
  const connections = Array.from({ length: order.connections }, () => new Connection(current));
  await Promise.race([Promise.all(connections.map((each) => each.finished)), until]);
  for (const each of connections) each.close();
  if (failure) throw failure;
  return summary(current);
}

/** One keep-alive connection that asks again as soon as it has been answered. */
class Connection {
  readonly finished: Promise<void>;
  readonly #socket: Socket;
  readonly #run: Run;
  readonly #requests: Buffer[];
  #finish: () => void = () => undefined;
  #sentMs = 0;
  #missingBytes = 0;
  #status = 0;
  #head: Buffer | null = null;

  constructor(run: Run) {
    this.#run = run;
    // Copies of its own, because keys are written into the bytes in place.
    this.#requests = run.order.keyMark ? run.requests.map((bytes) => Buffer.from(bytes)) : run.requests;
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#socket = connect({
      host: '127.0.0.1',
      port: run.order.port,
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(RECEIVE_BYTES),
        callback: (bytes, buffer) => {
          this.#receive(buffer, bytes);
          return true;
        },
      },
    });
    this.#socket.on('error', (error) => this.#break(error));
    this.#socket.on('close', () => this.#break(new Error('The server closed a keep-alive connection')));
    this.#socket.once('connect', () => this.#send());
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.on('error', () => undefined);
    this.#socket.destroy();
  }

  #break(error: Error): void {
    if (performance.now() < this.#run.measureUntil) this.#run.fail(error);
    this.#finish();
  }

  #send(): void {
    const run = this.#run;
    const bytes = this.#requests[run.nextRequest++ % this.#requests.length]!;
    if (run.order.keyMark) writeKey(bytes, run);
    this.#sentMs = performance.now();
    this.#socket.write(bytes);
  }

  /** `buffer` is used again for the next piece, so nothing of it is kept but copies. */
  #receive(buffer: Uint8Array, length: number): void {
    if (this.#missingBytes > 0) {
      this.#missingBytes -= length;
      if (this.#missingBytes <= 0) this.#answered();
      return;
    }
    let piece = Buffer.from(buffer.buffer, buffer.byteOffset, length);
    if (this.#head) piece = Buffer.concat([this.#head, piece]);
    const headEnd = piece.indexOf(HEAD_END);
    if (headEnd === -1) {
      this.#head = Buffer.from(piece);
      return;
    }
    this.#head = null;
    this.#status = (piece[9]! - 48) * 100 + (piece[10]! - 48) * 10 + (piece[11]! - 48);
    this.#missingBytes = headEnd + HEAD_END.length + bodyLength(piece, headEnd) - piece.length;
    if (!this.#run.order.expected.includes(this.#status)) this.#run.sample ||= piece.toString('utf8').slice(0, 600);
    if (this.#missingBytes <= 0) this.#answered();
  }

  #answered(): void {
    const run = this.#run;
    const nowMs = performance.now();
    this.#missingBytes = 0;
    if (nowMs >= run.measureFrom && nowMs < run.measureUntil) {
      if (run.count === run.latenciesMs.length) run.latenciesMs = grown(run.latenciesMs);
      run.latenciesMs[run.count++] = nowMs - this.#sentMs;
    }
    run.statuses.set(this.#status, (run.statuses.get(this.#status) ?? 0) + 1);
    if (nowMs >= run.measureUntil) this.#finish();
    else this.#send();
  }
}

function bodyLength(piece: Buffer, headEnd: number): number {
  const at = piece.indexOf(LENGTH_NAME);
  if (at === -1 || at > headEnd) return 0;
  let length = 0;
  for (let index = at + LENGTH_NAME.length; piece[index]! >= 48; index++) length = length * 10 + piece[index]! - 48;
  return length;
}

/** A key that was never used before, over the mark of the request: the run's name and a number. */
function writeKey(bytes: Buffer, run: Run): void {
  const { keyMark, keyPrefix = '' } = run.order;
  let at = markOf.get(bytes);
  if (at === undefined) {
    at = bytes.indexOf(keyMark!);
    markOf.set(bytes, at);
  }
  const key = `${keyPrefix}${(run.nextKey++).toString(36)}`.padEnd(keyMark!.length, '-');
  bytes.write(key, at, keyMark!.length, 'latin1');
}
const markOf = new WeakMap<Buffer, number>();

function grown(values: Float64Array): Float64Array {
  const larger = new Float64Array(values.length * 2);
  larger.set(values);
  return larger;
}

function summary(run: Run): LoadResult {
  const latencies = run.latenciesMs.subarray(0, run.count).sort();
  const at = (share: number) => latencies[Math.min(run.count - 1, Math.floor(run.count * share))] ?? Number.NaN;
  const unexpected = [...run.statuses].filter(([status]) => !run.order.expected.includes(status));
  return {
    perSecond: run.count / (run.order.durationMs / 1_000),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    count: run.count,
    unexpected: unexpected.reduce((sum, [, count]) => sum + count, 0),
    statuses: Object.fromEntries(run.statuses),
    sample: run.sample,
  };
}
