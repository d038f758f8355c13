import { compressSync, uncompressSync } from 'lz4-napi';

/** Texts of more bytes than this are kept compressed (CCH-10). */
export const COMPRESSED_ABOVE_BYTES = 1024 * 1024;

/** A text as it is kept: itself, or LZ4 of its UTF-8. Who reads it never learns which (CCH-11). */
export type KeptText = string | Buffer;

export function keep(text: string, bytes: number): KeptText {
  return bytes > COMPRESSED_ABOVE_BYTES ? compressSync(text) : text;
}

export function textOf(kept: KeptText): string {
  return typeof kept === 'string' ? kept : uncompressSync(kept).toString();
}
