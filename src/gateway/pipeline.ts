import { DomainError } from '#kernel/errors.ts';
import type { Answer } from '#kernel/http/operation.ts';
import type { Exchange, Pipeline, Step } from './exchange.ts';
import { sendStream } from './files/stream-answer.ts';

/**
 * Runs steps in order until one answers or throws; answers whether the request is finished. No promise is made before a
 * step really waits: what comes from memory is answered at once.
 */
export function runSteps(
  pipeline: Pipeline,
  steps: readonly Step[],
  exchange: Exchange,
  from = 0,
): boolean | Promise<boolean> {
  try {
    for (let index = from; index < steps.length && !exchange.answer; index++) {
      const pending = steps[index]!(exchange);
      if (pending) return runLater(pipeline, steps, exchange, pending, index + 1);
    }
  } catch (error) {
    fail(pipeline, exchange, error);
    return true;
  }
  if (!exchange.answer) return false;
  finish(pipeline, exchange, exchange.answer);
  return true;
}

function runLater(
  pipeline: Pipeline,
  steps: readonly Step[],
  exchange: Exchange,
  pending: Promise<void>,
  next: number,
): Promise<boolean> {
  return pending.then(
    () => runSteps(pipeline, steps, exchange, next),
    (error) => {
      fail(pipeline, exchange, error);
      return true;
    },
  );
}

/** Ends a request with the edition's error answer. */
export function fail(pipeline: Pipeline, exchange: Exchange, error: unknown): void {
  if (exchange.finished) return;
  exchange.error = error;
  const retryAfterSeconds = error instanceof DomainError ? error.retryAfterSeconds : undefined;
  if (retryAfterSeconds !== undefined) exchange.headers['retry-after'] = String(retryAfterSeconds);
  // A stored refusal is replayed like any stored answer (C-52).
  if (exchange.context?.idempotency?.replayed) exchange.headers['idempotent-replayed'] = 'true';
  finish(pipeline, exchange, pipeline.renderError(exchange, error));
}

/** Writes an answer to the socket, then lets the pipeline note it. */
export function finish(pipeline: Pipeline, exchange: Exchange, answer: Answer): void {
  if (exchange.finished) return;
  let bytes: string | Buffer | null;
  try {
    bytes = bytesOf(answer);
  } catch (error) {
    // An answer that cannot be written is a fault like any other; the client must not wait for it.
    fail(pipeline, exchange, error);
    return;
  }
  exchange.finished = true;
  if (exchange.bodyTimer) clearTimeout(exchange.bodyTimer);
  if (answer.stream) {
    void sendStream(pipeline, exchange, answer);
    return;
  }
  const { headers, reply } = exchange;
  const { raw } = answer;
  if (answer.headers) Object.assign(headers, answer.headers);
  let length = 0;
  if (bytes !== null) {
    length = typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;
    headers['content-type'] ??= raw ? raw.contentType : 'application/json; charset=utf-8';
  }
  // 204 and 304 have no body, and then no length either.
  if (answer.status !== 204 && answer.status !== 304) headers['content-length'] = String(length);
  reply.hijack();
  // A client that went away has no socket to write to; the work is done and noted all the same.
  if (!reply.raw.destroyed) {
    reply.raw.writeHead(answer.status, headers);
    if (bytes === null || answer.status === 304) reply.raw.end();
    else reply.raw.end(bytes);
  }
  for (const note of pipeline.done) note(exchange, answer.status, length);
}

function bytesOf({ raw, body }: Answer): string | Buffer | null {
  if (raw) return raw.bytes;
  return body === undefined ? null : JSON.stringify(body);
}
