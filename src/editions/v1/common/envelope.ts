import { type TObject, type TProperties, type TSchema, Type } from 'typebox';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import { DomainError } from '#kernel/errors.ts';
import { integer, limit, withDefault } from '#kernel/http/fields.ts';
import type { Answer } from '#kernel/http/operation.ts';

/** The query parameters of every list (C-38). The offset is bounded: what lies deeper is read through a filter. */
export const listQuery = {
  limit: withDefault(limit(), 20),
  offset: withDefault(integer({ min: 0, max: 1_000_000, description: 'How many to skip.' }), 0),
};

export interface ListQuery {
  limit: number;
  offset: number;
}

/** The shape of one object: `{data: {…}}` (C-36). */
export function single<View extends TSchema>(view: View) {
  return Type.Object({ data: view });
}

/** The shape of a page of `view`. */
export function listOfViews<View extends TObject<TProperties>>(view: View) {
  return Type.Object({
    data: Type.Array(view),
    total: Type.Integer({ description: 'How many there are in all.' }),
    limit: Type.Integer(),
    offset: Type.Integer(),
  });
}

export function pageRequest({ limit: size, offset }: ListQuery): PageRequest {
  return { limit: size, offset };
}

/** 200 with one object. */
export function okData(data: unknown, version?: number): Answer {
  return { status: 200, body: { data }, version };
}

/** 201 with the new object and where it can be read. */
export function createdData(data: { id: string }, path: string, version?: number): Answer {
  return { status: 201, body: { data }, version, headers: { location: `${path}/${data.id}` } };
}

/** 200 with a page. */
export function listAnswer<Item>(query: ListQuery, page: Page<Item>, view: (item: Item) => unknown): Answer {
  const { limit: size, offset } = query;
  return { status: 200, body: { data: page.items.map(view), total: page.totalCount ?? 0, limit: size, offset } };
}

/** 204, also for what was deleted before (C-35). */
export async function deleted(work: Promise<unknown>): Promise<Answer> {
  await work.catch((error: unknown) => {
    if (!(error instanceof DomainError) || error.kind !== 'gone') throw error;
  });
  return { status: 204 };
}
