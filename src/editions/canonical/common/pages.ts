import { type TSchema, Type } from 'typebox';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import { cursor, enumOf, limit, optional } from '#kernel/http/fields.ts';
import type { Answer } from '#kernel/http/operation.ts';

/** The query parameters of every list (C-38): spread them into the operation's query shape. */
export const pageQuery = {
  limit: limit(),
  cursor: optional(cursor({ description: 'next_cursor or prev_cursor of an earlier page, unchanged.' })),
  include: optional(
    enumOf(['total_count'], { description: 'total_count adds the number of matches, counted up to 10,000.' }),
  ),
};

export interface PageQuery {
  limit: number;
  cursor?: string;
  include?: 'total_count';
}

/** The shape of a page of `item`. */
export function pageOf<Item extends TSchema>(item: Item) {
  return Type.Object({
    data: Type.Array(item),
    has_more: Type.Boolean({ description: 'Whether older objects follow.' }),
    next_cursor: Type.Union([Type.String(), Type.Null()], { description: 'Send as `cursor` for the next page.' }),
    prev_cursor: Type.Union([Type.String(), Type.Null()], { description: 'Send as `cursor` for the page before.' }),
    total_count: Type.Optional(
      Type.Integer({ description: 'Present when asked for; 10,000 means that many or more.' }),
    ),
  });
}

/**
 * Signs cursors, so that only a page we gave out can be asked for and a cursor of one list does not work in another.
 * `list` names the operation and its filters.
 */
export interface CursorCodec {
  encode(list: string, position: string): string;
  /** Errors: `bad_request` for a forged cursor or one of another list. */
  decode(list: string, cursor: string): string;
}

/** The keyset position a list query asks for. Errors: `bad_request`. */
export function pageRequest(cursors: CursorCodec, list: string, query: PageQuery): PageRequest {
  const page: PageRequest = { limit: query.limit, withCount: query.include === 'total_count' };
  if (!query.cursor) return page;
  const position = cursors.decode(list, query.cursor);
  if (position.startsWith('<')) page.before = position.slice(1);
  else page.after = position.slice(1);
  return page;
}

/** 200 with a page. */
export function pageAnswer<Item extends { id: string }, View>(
  cursors: CursorCodec,
  list: string,
  page: Page<Item>,
  view: (item: Item) => View,
): Answer {
  const { items } = page;
  const last = items[items.length - 1];
  const first = items[0];
  return {
    status: 200,
    body: {
      data: items.map(view),
      has_more: page.hasMore,
      next_cursor: page.hasMore && last ? cursors.encode(list, `>${last.id}`) : null,
      prev_cursor: page.hasPrevious && first ? cursors.encode(list, `<${first.id}`) : null,
      ...(page.totalCount !== undefined && { total_count: page.totalCount }),
    },
  };
}

/** Names a list for its cursors: the operation and every filter, so that a cursor cannot move to other filters. */
export function listName(operationId: string, query: Record<string, unknown>): string {
  const { limit: _limit, cursor: _cursor, include: _include, ...filters } = query;
  return `${operationId}?${JSON.stringify(filters)}`;
}
