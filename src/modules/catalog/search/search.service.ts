import type { Page, PageRequest } from '#kernel/database/list.ts';
import { isSingle, type Scope } from '#kernel/database/tenant.ts';
import { invalidField } from '#kernel/errors.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { type ProductFilter, productsList } from '../catalog.store.ts';
import type { Product } from '../product.ts';
import { productsSearch } from './search.store.ts';
import { searchQueryOf } from './words.ts';

export interface ProductSearch extends ProductFilter {
  /** Words that a product must have, each at least by its beginning; or a SKU or own id as a whole. */
  text?: string;
  tag?: string;
}

/** The list of products, by filters alone or by words too. */
export function createProductSearch({ database }: Pick<ModuleKit, 'database'>) {
  return async (scope: Scope, { text, tag, ...filter }: ProductSearch, page: PageRequest): Promise<Page<Product>> => {
    if (text === undefined && tag === undefined) return productsList(database, scope, filter, page);
    if (!isSingle(scope)) throw invalidField('q', 'not_allowed', 'Name one organisation to search in it.');
    const query = searchQueryOf({ text, tag });
    if (query === null) return { items: [], hasMore: false, hasPrevious: false };
    return productsSearch(database, scope, query, filter, page);
  };
}
