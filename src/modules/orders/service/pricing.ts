import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError, type ErrorDetail } from '#kernel/errors.ts';
import type { CustomerId, PriceId, ProductId } from '#kernel/ids.ts';
import { type Currency, formatMoney } from '#kernel/money.ts';
import { ruleFor } from '../approvals/approval-rule.ts';
import type { OrdersDependencies } from '../dependencies.ts';
import { amountDue, requireExactTotal, requireOneCurrency, requirePayable, totalOf } from '../order-total.ts';
import { amountsOf } from './drafts.ts';
import { itemsOf, productIdsOf, requireCustomer } from './item-checks.ts';
import type { SagaParts } from './saga-steps.ts';

/** A line of an offer; the catalogue prices it when the caller does not. */
export interface LineToPrice {
  productId: ProductId;
  quantity: number;
  /** Minor units. */
  unitPrice?: number | null;
  currency?: Currency | null;
}

export type PriceSource = 'given' | 'contract' | 'list';

/** A line with where its price comes from. */
export type PricedLine = {
  line: number;
  productId: ProductId;
  quantity: number;
  unitPrice: number;
  /** quantity × unit price. */
  amount: number;
  /** The caller's, the customer's contract price, or everybody's. */
  source: PriceSource;
  priceId: PriceId | null;
};

export interface OrderToPreview {
  customerId: CustomerId;
  currency: Currency;
  items: LineToPrice[];
  total?: number | null;
  discountTotal?: number;
  taxTotal?: number;
  shippingTotal?: number;
}

/** What an order would be, with nothing stored (G-15). */
export interface OrderPreview {
  customerId: CustomerId;
  currency: Currency;
  items: PricedLine[];
  total: number;
  discountTotal: number;
  taxTotal: number;
  shippingTotal: number;
  grandTotal: number;
  /** Whether an approval rule is in the way of its confirmation (G-33). */
  needsApproval: boolean;
}

/** Prices and checks lines exactly as orders are checked; used by previews and quotes. */
export interface Pricing {
  /** Errors: `validation` (unknown or inactive product, no price in this currency, mixed currencies, customer). */
  price(tenant: Tenant, input: Pick<OrderToPreview, 'customerId' | 'currency' | 'items'>): Promise<PricedLine[]>;
  /** Errors: as `price`, and `validation` for a wrong total or amounts that leave nothing to pay. */
  preview(tenant: Tenant, input: OrderToPreview): Promise<OrderPreview>;
}

export function createPricing(
  { catalog, customers }: Pick<OrdersDependencies, 'catalog' | 'customers'>,
  approvalRules: SagaParts['approvalRules'],
  nowMs: () => number,
): Pricing {
  async function price(
    tenant: Tenant,
    { customerId, currency, items }: Pick<OrderToPreview, 'customerId' | 'currency' | 'items'>,
  ): Promise<PricedLine[]> {
    await requireCustomer(customers, tenant, customerId);
    const open = items.filter(({ unitPrice }) => !unitPrice);
    const [products, found] = await Promise.all([
      catalog.getProducts(tenant, productIdsOf(items)),
      open.length > 0 ? catalog.resolvePrices(tenant, { currency, customerId, lines: open }) : [],
    ]);
    const resolved = new Map(open.map((line, index) => [line, found[index] ?? null]));
    // The same checks as for an order, so that what is previewed or offered can be ordered.
    itemsOf(
      items.map((line) => ({ ...line, unitPrice: line.unitPrice ?? resolved.get(line)?.unitAmount ?? 1 })),
      products,
      nowMs(),
    );
    requirePrices(items, currency, (line) => Boolean(line.unitPrice || resolved.get(line)));
    return items.map((line, index) => {
      const { productId, quantity } = line;
      const own = resolved.get(line);
      const unitPrice = line.unitPrice || own!.unitAmount;
      const source: PriceSource = line.unitPrice ? 'given' : own!.source;
      const amount = totalOf([{ quantity, unitPrice }]);
      return { line: index + 1, productId, quantity, unitPrice, amount, source, priceId: own?.priceId ?? null };
    });
  }

  return {
    price,
    async preview(tenant, input) {
      requireOneCurrency(
        input.currency,
        input.items.map(({ currency }) => ({ quantity: 1, unitPrice: 1, currency })),
      );
      const items = await price(tenant, input);
      const total = input.total ? requireExactTotal(input.total, items) : totalOf(items);
      const amounts = { ...amountsOf(input), total };
      requirePayable(amounts);
      const { customerId, currency } = input;
      const needsApproval = ruleFor({ ...amounts, currency, items }, await approvalRules(tenant)) !== null;
      return { customerId, currency, items, ...amounts, grandTotal: amountDue(amounts), needsApproval };
    },
  };
}

function requirePrices(
  lines: readonly LineToPrice[],
  currency: Currency,
  isPriced: (line: LineToPrice) => boolean,
): void {
  const details = lines.flatMap((line, index): ErrorDetail[] => {
    if (isPriced(line)) return [];
    const message = `The product ${line.productId} has no price in ${currency}; send unit_price, or add a price.`;
    return [{ field: `items[${index}].unit_price`, code: 'no_price', message }];
  });
  if (details.length > 0) throw new DomainError('validation', details[0]!.message, { details });
}

/** "3 × 19.99 USD = 59.97 USD": what a person checks. */
export function calculationOf({ quantity, unitPrice, amount }: PricedLine, currency: Currency): string {
  const words = (minor: number) => formatMoney({ amount: minor, currency });
  return `${quantity} × ${words(unitPrice)} = ${words(amount)}`;
}
