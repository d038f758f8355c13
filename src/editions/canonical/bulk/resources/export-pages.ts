import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { ExportTarget } from '#modules/bulk/index.ts';

type Filters = Parameters<ExportTarget['page']>[1];

/**
 * An export out of a list: newest first, page behind page by id, so that what is added meanwhile moves nothing.
 * @param recordOf null for what is not exported
 */
export function pagesOf<Item extends { id: string }>(
  list: (tenant: Tenant, filters: Filters, page: PageRequest) => Promise<Page<Item>>,
  recordOf: (item: Item) => Record<string, unknown> | null,
): ExportTarget['page'] {
  return async (tenant, filters, after, limit) => {
    const { items } = await list(tenant, filters, { limit, ...(after && { after }) });
    return { records: items.map(recordOf).filter((record) => record !== null), last: items.at(-1)?.id ?? null };
  };
}
