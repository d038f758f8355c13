import type { Tenant } from '#kernel/database/tenant.ts';
import type { Product } from '../product.ts';

const WORDS_MAX = 300;
const WORD_LENGTH_MAX = 64;
/** A query of more words finds nothing that fewer would not. */
const QUERY_WORDS_MAX = 16;

/** Lower case without accents, so that "Schraube" is found as "SCHRAUBE" and "café" as "cafe". */
function plain(text: string): string {
  const folded = text.toLowerCase();
  // Most texts are plain already, and taking them apart is what costs.
  return /[^\0-\x7f]/.test(folded) ? folded.normalize('NFKD').replace(/\p{M}+/gu, '') : folded;
}

function wordsOf(text: string): string[] {
  return plain(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}

/**
 * What a product is found by, one space apart: the words of its texts, its SKU and external id whole, its tags behind
 * `#`, and the tenant as one more word, so that the index of words never leads into another organisation.
 */
export function searchTextOf(tenant: Tenant, product: Omit<Product, 'id'>): string {
  const { name, sku, externalId, collection, description, tags } = product;
  // No text that somebody looks for keeps a tab, so nobody finds the word of the tenant.
  const words = new Set<string>([`${tenant.orgId}\t${tenant.livemode}`, plain(sku)]);
  // Other white space inside would part one word into two.
  if (externalId) words.add(plain(externalId).replace(/\s+/g, '_'));
  for (const tag of tags) words.add(tagWord(tag));
  for (const text of [name, sku, collection ?? '', description]) {
    for (const word of wordsOf(text)) {
      if (words.size >= WORDS_MAX) break;
      words.add(word.slice(0, WORD_LENGTH_MAX));
    }
  }
  return [...words].join(' ');
}

function tagWord(tag: string): string {
  return `#${plain(tag).replace(/\s+/g, '_')}`;
}

/**
 * The text of a tsquery: every word must begin a word of the product; a tag must be there whole. Null when there is
 * nothing to look for, which finds nothing.
 */
export function searchQueryOf({ text, tag }: { text?: string; tag?: string }): string | null {
  const parts: string[] = [];
  if (text !== undefined) {
    const words = [...new Set(wordsOf(text))].slice(0, QUERY_WORDS_MAX);
    if (words.length === 0) return null;
    const prefixes = words.map((word) => `${quoted(word.slice(0, WORD_LENGTH_MAX))}:*`).join(' & ');
    // A SKU or an own id is one word with its signs in it.
    const whole = quoted(plain(text).trim().replace(/\s+/g, '_'));
    parts.push(`(${prefixes} | ${whole})`);
  }
  if (tag !== undefined) parts.push(quoted(tagWord(tag)));
  return parts.length === 0 ? null : parts.join(' & ');
}

/** A word as tsquery reads it, whatever is in it. */
function quoted(word: string): string {
  return `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
