import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { DomainError } from '#kernel/errors.ts';
import type { CursorCodec } from './pages.ts';

const SIGNATURE_BYTES = 12;

/** Cursors as `base64url(signature ∥ position)`; the signature covers the list and its filters. */
export function createCursors(key: KeyObject): CursorCodec {
  const sign = (list: string, position: string) =>
    createHmac('sha256', key).update(`cursor\0${list}\0${position}`).digest().subarray(0, SIGNATURE_BYTES);
  return {
    encode: (list, position) => Buffer.concat([sign(list, position), Buffer.from(position)]).toString('base64url'),
    decode(list, cursor) {
      const bytes = Buffer.from(cursor, 'base64url');
      const position = bytes.subarray(SIGNATURE_BYTES).toString();
      const genuine =
        bytes.length > SIGNATURE_BYTES && timingSafeEqual(bytes.subarray(0, SIGNATURE_BYTES), sign(list, position));
      if (genuine) return position;
      throw new DomainError('bad_request', 'The cursor is not one of this list with these filters; start without it.', {
        details: [{ field: 'cursor', code: 'format', message: 'Send next_cursor or prev_cursor unchanged.' }],
      });
    },
  };
}
