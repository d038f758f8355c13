import { COUNT_MAX, mapPage, type Page, type PageRequest, pageOfRows } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { PRODUCT_COLUMNS, type ProductFilter, toProduct } from '../catalog.store.ts';
import type { Product } from '../product.ts';

const FOUND = 'array(select catalog.search_ids($1::tsquery, $2::jsonb, $3, $4, $5, $6))';
const forward = prepared(`select ${PRODUCT_COLUMNS} from catalog.products where id = any(${FOUND}) order by id desc`);
const backward = prepared(`select ${PRODUCT_COLUMNS} from catalog.products where id = any(${FOUND}) order by id`);
const count = prepared(`select count(*) from catalog.search_ids($1::tsquery, $2::jsonb, null, false, $3, 0)`);

/** Products that have all the words of `query` (the text of a tsquery), in the order of the list. */
export async function productsSearch(
  database: ModuleDatabase,
  tenant: Tenant,
  query: string,
  filter: ProductFilter,
  page: PageRequest,
): Promise<Page<Product>> {
  const { externalId: _externalId, sku: _sku, ...compared } = filter;
  const filters = JSON.stringify(compared);
  // The oldest first: a page before some product, or a numbered page of a list that rises.
  const isBackward = page.before !== undefined || page.order?.ascending === true;
  const edge = page.before ?? page.after ?? null;
  const ask = (isBackward ? backward : forward)([query, filters, edge, isBackward, page.limit + 1, page.offset ?? 0]);
  const isNumbered = page.offset !== undefined;
  const statements =
    page.withCount || isNumbered ? [ask, count([query, filters, isNumbered ? null : COUNT_MAX])] : [ask];
  const [rows, counted] = await database.readAll(tenant, statements);
  return mapPage(pageOfRows(rows!, page, counted?.[0]?.count), toProduct);
}
