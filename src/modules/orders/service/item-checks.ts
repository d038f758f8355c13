import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError, type ErrorDetail, invalidField, wrongReference } from '#kernel/errors.ts';
import { type CustomerId, newId, type PaymentMethodId, type ProductId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { Product } from '#modules/catalog/index.ts';
import type { OrdersDependencies } from '../dependencies.ts';
import type { OrderItem } from '../order.ts';

/** A line as the caller sends it; `unitPrice` is minor units. */
export interface NewOrderItem {
  productId: ProductId;
  quantity: number;
  unitPrice: number;
  currency?: Currency | null;
}

/**
 * The items with what the catalogue says about their products. Errors: `validation`, naming every item whose product
 * does not exist in this organisation or is inactive (PRD-18).
 */
export function itemsOf(lines: readonly NewOrderItem[], products: readonly Product[], nowMs: number): OrderItem[] {
  const byId = new Map(products.map((product) => [product.id, product]));
  const details: ErrorDetail[] = [];
  const items = lines.map(({ productId, quantity, unitPrice }, index): OrderItem => {
    const product = byId.get(productId);
    const field = `items[${index}].product_id`;
    if (!product) details.push({ field, code: 'not_found', message: `No such product: ${productId}` });
    else if (!product.active) {
      const message = `The product ${productId} is inactive and cannot be put into new orders.`;
      details.push({ field, code: 'inactive', message });
    }
    // Only physical goods have stock (G-36).
    const tracksStock = product?.category === 'hardware';
    return {
      id: newId('itm', nowMs),
      line: index + 1,
      productId,
      quantity,
      unitPrice,
      tracksStock,
      shippedQuantity: 0,
      returnedQuantity: 0,
      canceledQuantity: 0,
    };
  });
  if (details.length > 0) throw new DomainError('validation', details[0]!.message, { details });
  return items;
}

export function productIdsOf(lines: readonly Pick<NewOrderItem, 'productId'>[]): ProductId[] {
  return lines.length === 1 ? [lines[0]!.productId] : [...new Set(lines.map((line) => line.productId))];
}

/** Errors: `validation` when the customer does not exist or is archived. */
export async function requireCustomer(
  customers: OrdersDependencies['customers'],
  tenant: Tenant,
  id: CustomerId,
): Promise<void> {
  const terms = await customers.getCustomerTerms(tenant, id).catch(wrongReference('customer_id'));
  if (terms.status === 'active') return;
  throw invalidField('customer_id', 'archived', `The customer ${id} is archived; restore the customer to take orders.`);
}

/** Errors: `validation` when the method does not exist, was detached, or belongs to somebody else. */
export async function requireMethodOf(
  { customers, payments }: Pick<OrdersDependencies, 'customers' | 'payments'>,
  tenant: Tenant,
  id: PaymentMethodId,
  customerId: CustomerId,
): Promise<void> {
  const field = 'payment_method_id';
  const method = await payments.methods.get(tenant, id).catch(wrongReference(field));
  const isOwn = method.customerId === customerId;
  if (!isOwn && !(await customers.partiesOf(tenant, customerId)).includes(method.customerId)) {
    throw invalidField(field, 'not_allowed', 'The payment method belongs to another customer.');
  }
  if (method.status !== 'attached') {
    throw invalidField(field, 'detached', 'The payment method was detached; choose another one.');
  }
}
