import { invalidField } from '#kernel/errors.ts';
import { enumOf, id, nonNegativeInteger, object, text } from '#kernel/http/fields.ts';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import type { Catalog } from '#modules/catalog/index.ts';
import type { Inventory } from '#modules/inventory/index.ts';
import { ProductView, productView } from './product-views.ts';

const StockChange = object({
  operation: enumOf(['add', 'subtract', 'set']),
  quantity: nonNegativeInteger({ max: 1_000_000, example: 100, description: 'At least 1, or 0 with `set`.' }),
  reason: text({ max: 255, example: 'restocking' }),
});

/** POST /v2/products/:product_id/stock: adjustments in the default warehouse (C-74). */
export function stockOperation(catalog: Catalog, inventory: Inventory): Operation {
  return operation({
    id: 'v2.products.update_stock',
    method: 'POST',
    path: '/v2/products/:product_id/stock',
    summary: 'Update product stock',
    description: 'Adds to, takes from or sets what is available. It never falls below 0.',
    access: { scope: 'inventory:write' },
    params: object({ product_id: id('prd') }),
    body: StockChange,
    responses: { 200: { description: 'The product with its new stock.', schema: ProductView } },
    errors: ['insufficient_stock', 'resource_locked'],
    async handle({ context, params, body }) {
      if (body.quantity === 0 && body.operation !== 'set') {
        throw invalidField('quantity', 'too_small', 'Send at least 1.');
      }
      const product = await catalog.getProduct(context.tenant, params.product_id);
      if (!product.tracksStock) throw invalidField('product_id', 'not_allowed', 'Only hardware has stock.');
      const about = { productId: product.id, note: body.reason, referenceId: context.requestId };
      if (body.operation === 'set') {
        await inventory.setTotal(context, { ...about, total: body.quantity });
      } else {
        const quantityChange = body.operation === 'add' ? body.quantity : -body.quantity;
        await inventory.adjust(context, { ...about, quantityChange, reason: 'correction' });
      }
      const [stock] = await inventory.stockOf(context.tenant, [product.id]);
      return ok(productView(product, stock?.available ?? 0));
    },
  });
}
