import { type TObject, type TProperties, Type } from 'typebox';
import type { ListOrder, Page, PageRequest } from '#kernel/database/list.ts';
import { enumOf, integer, limit, withDefault } from '#kernel/http/fields.ts';
import { type Answer, ok } from '#kernel/http/operation.ts';

/** The query parameters of every list (C-38); pages are bounded, because what lies behind them is skipped, not sought. */
export const pageQuery = {
  page: withDefault(integer({ min: 1, max: 100_000, description: 'The first page is 1.' }), 1),
  limit: withDefault(limit({ description: 'How many entries a page has.' }), 20),
  order: withDefault(enumOf(['asc', 'desc']), 'desc'),
};

export interface PageQuery {
  page: number;
  limit: number;
  order: 'asc' | 'desc';
}

/** The shape of a page of `view`. */
export function pageOf<View extends TObject<TProperties>>(view: View) {
  return Type.Object({
    data: Type.Array(view),
    pagination: Type.Object({
      page: Type.Integer(),
      limit: Type.Integer(),
      total: Type.Integer({ description: 'How many there are in all.' }),
      pages: Type.Integer({ description: 'The number of the last page; 0 when there is nothing.' }),
    }),
  });
}

/** `column` is what the list sorts by; ids sort by the time of creation. */
export function pageRequest({ page, limit: size, order }: PageQuery, column = 'id'): PageRequest {
  const listOrder: ListOrder = { column, ascending: order === 'asc' };
  return { limit: size, offset: (page - 1) * size, order: listOrder };
}

/** 200 with a page; `data` are its items as the edition shows them. */
export function pageAnswer({ page, limit: size }: PageQuery, found: Page<unknown>, data: unknown[]): Answer {
  const total = found.totalCount ?? 0;
  return ok({ data, pagination: { page, limit: size, total, pages: Math.ceil(total / size) } });
}
