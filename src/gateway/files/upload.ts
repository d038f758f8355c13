import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DomainError } from '#kernel/errors.ts';
import type { Upload, UploadDeclaration } from '#kernel/http/operation.ts';
import type { Exchange } from '../exchange.ts';
import { payloadTooLarge } from '../request-limits.ts';

const GATHERED_BYTES = 64 * 1024;

/**
 * The file that a request brings, as the handler reads it: nothing is read from the socket before the handler asks, and
 * never more than some chunks ahead, of 64 KB in all. Errors: `unsupported_media_type`.
 */
export function openUpload({ operation, request }: Exchange, hasEnded: () => boolean): Upload {
  const declaration = operation.upload!;
  const contentType = typeOf(request.headers['content-type']);
  if (!declaration.contentTypes.includes(contentType)) throw wrongUploadType(declaration);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'gzip' && encoding !== 'identity') {
    throw new DomainError('unsupported_media_type', 'Send the file as it is, or with `Content-Encoding: gzip`.');
  }
  // A request without a body has none to hand over.
  const body = (request.body as Readable | undefined) ?? [];
  return { contentType, chunks: gathered(bounded(body, encoding === 'gzip', declaration, hasEnded)) };
}

export function wrongUploadType({ contentTypes }: UploadDeclaration): DomainError {
  const types = contentTypes.map((type) => `\`${type}\``).join(' or ');
  return new DomainError('unsupported_media_type', `Send a file with the content type ${types}.`);
}

async function* bounded(
  body: Readable | readonly Buffer[],
  isPacked: boolean,
  upload: UploadDeclaration,
  hasEnded: () => boolean,
): AsyncIterable<Buffer> {
  let bytes = 0;
  const source = isPacked ? unpacked(body as Readable) : body;
  try {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > upload.maxBytes) throw payloadTooLarge({ upload });
      // The answer "took too long" has left; whoever still reads for it shall stop.
      if (hasEnded()) throw new DomainError('timeout', 'The file did not arrive in time.');
      yield chunk as Buffer;
    }
  } catch (error) {
    throw error instanceof DomainError ? error : unreadable(error);
  }
}

/**
 * Chunks of a size worth looking at. A client may send each byte by itself, and who reads records looks again at the
 * unfinished one with every chunk.
 */
async function* gathered(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let pieces: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    pieces.push(chunk);
    bytes += chunk.length;
    if (bytes < GATHERED_BYTES) continue;
    yield pieces.length === 1 ? chunk : Buffer.concat(pieces);
    [pieces, bytes] = [[], 0];
  }
  if (bytes > 0) yield Buffer.concat(pieces);
}

function unpacked(body: Readable): Readable {
  const gunzip = createGunzip();
  body.once('error', (error) => gunzip.destroy(error));
  return body.pipe(gunzip);
}

function unreadable(cause: unknown): unknown {
  const code = (cause as { code?: string } | null)?.code ?? '';
  if (code.startsWith('Z_')) return new DomainError('bad_request', 'The body is not a whole gzip file.');
  const isBroken = ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'].includes(code);
  return isBroken ? new DomainError('bad_request', 'The connection broke off before the file was whole.') : cause;
}

function typeOf(header: string | undefined): string {
  return (header ?? '').split(';')[0]!.trim().toLowerCase();
}
