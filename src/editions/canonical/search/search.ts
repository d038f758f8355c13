import { Type } from 'typebox';
import type { Page } from '#kernel/database/list.ts';
import { isSingle, type Tenant } from '#kernel/database/tenant.ts';
import { DomainError } from '#kernel/errors.ts';
import { enumOf, limit, listOf, object, optional, text } from '#kernel/http/fields.ts';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import { PLATFORM_SCOPE, type Principal } from '#kernel/http/principal.ts';
import { isId } from '#kernel/ids.ts';
import type { Catalog } from '#modules/catalog/index.ts';
import type { Customers } from '#modules/customers/index.ts';
import type { Orders } from '#modules/orders/index.ts';

const SEARCH_TYPES = ['products', 'orders', 'customers'] as const;
type SearchType = (typeof SEARCH_TYPES)[number];

const SearchQuery = object({
  q: text({
    max: 200,
    description:
      'Products by words, SKU or external id; orders by id, PO number or external id; customers by whole e-mail ' +
      'address, external id or tag. Names of customers are kept encrypted and cannot be searched by a part.',
    example: 'steel bolt',
  }),
  types: optional(listOf(enumOf(SEARCH_TYPES), { unique: true, description: 'All that you may read unless given.' })),
  limit: limit({ description: 'How many of each type.' }),
});

const HitView = Type.Object(
  {
    type: Type.Enum([...SEARCH_TYPES]),
    id: Type.String(),
    label: Type.String({ description: 'A name for people.' }),
    url: Type.String({ description: 'Where to read the whole object.' }),
  },
  { $id: 'SearchHit' },
);
const SearchView = Type.Object(
  {
    data: Type.Array(HitView),
    searched: Type.Array(Type.Enum([...SEARCH_TYPES]), { description: 'The types that were looked through.' }),
    has_more: Type.Array(Type.Enum([...SEARCH_TYPES]), { description: 'Types with more than `limit` hits.' }),
  },
  { $id: 'SearchResult' },
);

interface Searched {
  catalog: Catalog;
  orders: Orders;
  customers: Customers;
}

type Hit = { id: string; label: string };
type Found = { hits: Hit[]; hasMore: boolean };
type Look = (tenant: Tenant, q: string, limit: number) => Promise<Found>;

/** /search: one question to everything the caller may read (G-17). */
export function searchOperations(modules: Searched): Operation[] {
  const looks = looksOf(modules);
  const search = operation({
    id: 'search.find',
    method: 'GET',
    path: '/search',
    summary: 'Search',
    description: 'Looks through products, orders and customers at once: those of them that your scopes let you read.',
    access: { scope: 'search:read' },
    query: SearchQuery,
    responses: { 200: { description: 'The hits of each type, newest first.', schema: SearchView } },
    errors: [],
    async handle({ tenant, principal, query }) {
      if (!isSingle(tenant)) throw new DomainError('bad_request', 'Name one organisation to search in it.');
      const searched = SEARCH_TYPES.filter((type) => mayRead(principal, type) && (query.types?.includes(type) ?? true));
      const found = await Promise.all(searched.map((type) => looks[type](tenant, query.q, query.limit)));
      const data = searched.flatMap((type, index) =>
        found[index]!.hits.map(({ id, label }) => ({ type, id, label, url: `/${type}/${id}` })),
      );
      return ok({ data, searched, has_more: searched.filter((_, index) => found[index]!.hasMore) });
    },
  });
  return [search];
}

function mayRead({ scopes }: Principal, type: SearchType): boolean {
  return scopes.has(`${type}:read`) || scopes.has(PLATFORM_SCOPE);
}

function looksOf({ catalog, orders, customers }: Searched): Record<SearchType, Look> {
  return {
    async products(tenant, q, limit) {
      const label = ({ id, name }: { id: string; name: string }) => ({ id, label: name });
      if (isId('prd', q)) return only(catalog.getProduct(tenant, q).then(label));
      return foundOf([await catalog.listProducts(tenant, { text: q }, { limit })], limit, label);
    },
    async orders(tenant, q, limit) {
      const label = ({ id, poNumber }: { id: string; poNumber: string | null }) => ({ id, label: poNumber ?? id });
      if (isId('ord', q)) return only(orders.getOrder(tenant, q).then(label));
      const filters = [{ poNumber: q }, { externalId: q }];
      const pages = await Promise.all(filters.map((filter) => orders.listOrders(tenant, filter, { limit })));
      return foundOf(pages, limit, label);
    },
    async customers(tenant, q, limit) {
      const label = ({ id, name }: { id: string; name: string }) => ({ id, label: name });
      if (isId('cus', q)) return only(customers.getCustomer(tenant, q).then(label));
      const filters = q.includes('@') ? [{ email: q }] : [{ externalId: q }, { tag: q }];
      const pages = await Promise.all(filters.map((filter) => customers.listCustomers(tenant, filter, { limit })));
      return foundOf(pages, limit, label);
    },
  };
}

/** One object by its id; nothing when there is none. */
async function only(object: Promise<Hit>): Promise<Found> {
  try {
    return { hits: [await object], hasMore: false };
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'not_found') return { hits: [], hasMore: false };
    throw error;
  }
}

/** The hits of several look-ups as one, each object once, newest first. */
function foundOf<Item extends { id: string }>(
  pages: readonly Page<Item>[],
  limit: number,
  labelOf: (item: Item) => Hit,
): Found {
  const items = new Map(pages.flatMap((page) => page.items).map((item) => [item.id, item]));
  const sorted = [...items.values()].sort((left, right) => (left.id < right.id ? 1 : -1));
  const hasMore = sorted.length > limit || pages.some((page) => page.hasMore);
  return { hits: sorted.slice(0, limit).map(labelOf), hasMore };
}
