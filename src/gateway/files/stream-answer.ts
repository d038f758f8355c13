import { Readable } from 'node:stream';
import { pipeline as connect } from 'node:stream/promises';
import type { Answer } from '#kernel/http/operation.ts';
import type { Exchange, Pipeline } from '../exchange.ts';

/** A client that reads nothing for this long is let go, or it would hold a file and a connection for ever. */
const STALLED_AFTER_MS = 60_000;

/** Sends what is made while it is sent. A fault in the middle cuts the connection: a client must not take half for all. */
export async function sendStream(pipeline: Pipeline, exchange: Exchange, answer: Answer): Promise<void> {
  const { chunks, contentType } = answer.stream!;
  const { raw } = exchange.reply;
  const headers = { ...exchange.headers, ...answer.headers, 'content-type': contentType };
  exchange.reply.hijack();
  let bytes = 0;
  async function* counted() {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      yield chunk;
    }
  }
  raw.setTimeout(STALLED_AFTER_MS, () => raw.destroy());
  raw.writeHead(answer.status, headers);
  try {
    await connect(Readable.from(counted(), { objectMode: false }), raw);
  } catch (error) {
    // A client that went away is no fault of ours.
    if ((error as { code?: string }).code !== 'ERR_STREAM_PREMATURE_CLOSE') exchange.error = error;
  }
  for (const note of pipeline.done) note(exchange, answer.status, bytes);
}
