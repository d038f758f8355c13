import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The newest block that was sealed, kept outside the database: without it the end of a chain can be cut off unseen. */
export interface Anchor {
  number: number;
  hash: Buffer;
}

export function anchorFile(dataDirectory: string): string {
  return join(dataDirectory, 'audit-anchor.json');
}

/** The anchor; null when there is none; `damaged` when somebody else wrote it, or half of it. */
export function readAnchor(file: string, key: KeyObject): Anchor | null | 'damaged' {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const { block, hash, mac } = JSON.parse(text);
    const anchor = { number: Number(block), hash: Buffer.from(String(hash), 'hex') };
    return timingSafeEqual(Buffer.from(String(mac), 'hex'), macOf(key, anchor)) ? anchor : 'damaged';
  } catch {
    return 'damaged';
  }
}

/** Replaces the file as a whole and waits for the disk. */
export async function writeAnchor(file: string, key: KeyObject, anchor: Anchor): Promise<void> {
  const text = JSON.stringify({
    block: anchor.number,
    hash: anchor.hash.toString('hex'),
    mac: macOf(key, anchor).toString('hex'),
  });
  const draft = `${file}.draft`;
  const written = await open(draft, 'w', 0o600);
  try {
    await written.writeFile(`${text}\n`);
    await written.sync();
  } finally {
    await written.close();
  }
  await rename(draft, file);
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function macOf(key: KeyObject, { number, hash }: Anchor): Buffer {
  return createHmac('sha256', key)
    .update(`audit-anchor-1\0${number}\0${hash.toString('hex')}`)
    .digest();
}
