import type pg from 'pg';
import type { Row } from '#kernel/database/connection.ts';

/** Rows one after the other, with a look at the next; only one batch is in memory. */
export interface RowStream<Item> {
  peek(): Promise<Item | null>;
  next(): Promise<Item | null>;
}

/** A cursor in the open transaction of `client`. */
export async function openStream<Item>(
  client: pg.Client,
  name: 'blocks' | 'entries',
  text: string,
  batch: number,
  toItem: (row: Row) => Item,
): Promise<RowStream<Item>> {
  await client.query(`declare ${name}_stream no scroll cursor for ${text}`);
  let items: Item[] = [];
  let index = 0;
  let isDone = false;

  async function peek(): Promise<Item | null> {
    if (index < items.length) return items[index]!;
    if (isDone) return null;
    const { rows } = await client.query(`fetch forward ${batch} from ${name}_stream`);
    items = rows.map(toItem);
    index = 0;
    isDone = rows.length < batch;
    return items[0] ?? null;
  }

  return {
    peek,
    async next() {
      const item = await peek();
      if (item !== null) index += 1;
      return item;
    },
  };
}
