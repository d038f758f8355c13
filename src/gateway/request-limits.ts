import { DomainError } from '#kernel/errors.ts';
import type { Operation } from '#kernel/http/operation.ts';
import type { Step } from './exchange.ts';

/** The sizes that every edition accepts (C-54; V1-41..44). */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;
/** Of news that no credential vouches for: their body is read before their signature can be checked. */
export const MAX_INBOUND_BYTES = 1024 * 1024;
export const MAX_URL_BYTES = 8 * 1024;
export const MAX_HEADER_BYTES = 32 * 1024;
export const MAX_QUERY_PARAMETERS = 50;

/** Refuses what is too large before anything else looks at it. */
export const checkRequestLimits: Step = ({ request, operation }) => {
  const { raw } = request;
  const url = raw.url ?? '';
  if (url.length > MAX_URL_BYTES) throw uriTooLong();
  if (sizeOfHeaders(raw.rawHeaders) > MAX_HEADER_BYTES) throw headersTooLarge();
  const declared = Number(raw.headers['content-length'] ?? 0);
  if (declared > maxBytesOf(operation)) throw payloadTooLarge(operation);
  const start = url.indexOf('?');
  if (start !== -1 && countParameters(url, start) > MAX_QUERY_PARAMETERS) {
    throw new DomainError('bad_request', `A request takes at most ${MAX_QUERY_PARAMETERS} query parameters.`);
  }
};

export function uriTooLong(): DomainError {
  return new DomainError('uri_too_long', 'The URL is longer than 8 KB; move parameters into the body.');
}

export function headersTooLarge(): DomainError {
  return new DomainError('headers_too_large', 'The headers are larger than 32 KB in all.');
}

export function payloadTooLarge(operation: Pick<Operation, 'upload' | 'inboundSource'>): DomainError {
  const megabytes = Math.floor(maxBytesOf(operation) / 1024 / 1024);
  if (operation.upload) {
    return new DomainError('payload_too_large', `The file is larger than ${megabytes} MB; send it in several parts.`);
  }
  const hint = operation.inboundSource ? 'send news one by one' : 'send large sets to POST /imports';
  return new DomainError('payload_too_large', `The body is larger than ${megabytes} MB; ${hint}.`);
}

/** What the body of an operation may have; a file is counted while it is read. */
export function maxBytesOf({ upload, inboundSource }: Pick<Operation, 'upload' | 'inboundSource'>): number {
  if (upload) return upload.maxBytes;
  return inboundSource ? MAX_INBOUND_BYTES : MAX_BODY_BYTES;
}

function sizeOfHeaders(rawHeaders: readonly string[]): number {
  let size = 0;
  // Each name and value stands with ": " or a line end.
  for (const part of rawHeaders) size += part.length + 2;
  return size;
}

function countParameters(url: string, start: number): number {
  let count = 1;
  for (let index = start + 1; index < url.length; index++) if (url.charCodeAt(index) === 38) count++;
  return count;
}
