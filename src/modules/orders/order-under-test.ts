import fc from 'fast-check';
import { newId } from '#kernel/ids.ts';
import { CAPTURE_MOMENTS, fold, type Order, type OrderFact, type OrderItem, type OrderState } from './order.ts';
import { decide, type OrderCommand } from './order-decisions.ts';
import { totalOf } from './order-total.ts';

export const AT = '2026-01-15T10:00:00.000Z';

export function anItem(more: Partial<OrderItem> = {}): OrderItem {
  const ids = { id: newId('itm'), productId: newId('prd') } as const;
  return {
    ...ids,
    line: 1,
    quantity: 2,
    unitPrice: 1999,
    tracksStock: true,
    shippedQuantity: 0,
    returnedQuantity: 0,
    canceledQuantity: 0,
    ...more,
  };
}

/** A draft of one item unless told otherwise; the total always fits the items. */
export function aDraft(more: Partial<Order> = {}): Order {
  const items = (more.items ?? [anItem()]).map((item, index) => ({ ...item, line: index + 1 }));
  return {
    id: newId('ord'),
    version: 1,
    customerId: newId('cus'),
    status: 'draft',
    paymentStatus: 'none',
    paymentId: null,
    paymentMethodId: null,
    captureOn: 'ship',
    total: totalOf(items),
    discountTotal: 0,
    taxTotal: 0,
    shippingTotal: 0,
    currency: 'USD',
    poNumber: null,
    externalId: null,
    sealedDetails: null,
    shipments: [],
    approval: null,
    restCanceled: null,
    cancelReason: null,
    metadata: {},
    confirmedAt: null,
    shippedAt: null,
    deliveredAt: null,
    canceledAt: null,
    createdAt: AT,
    updatedAt: AT,
    ...more,
    items,
  };
}

/** The state after commands that are all allowed. */
export function given(draft: Order, ...commands: OrderCommand[]): { state: Order; facts: OrderFact[] } {
  const facts: OrderFact[] = [];
  let state: OrderState = { status: 'none' };
  for (const command of [{ type: 'create', order: draft } as const, ...commands]) {
    facts.push(...decide(command, state));
    state = fold(facts);
  }
  return { state: state as Order, facts };
}

export const PAYMENT = newId('pay');

export const COMMANDS = {
  confirm: (version: number): OrderCommand => ({
    type: 'confirm',
    paymentId: PAYMENT,
    paymentStatus: 'authorized',
    version,
    at: AT,
  }),
  process: { type: 'start-processing', at: AT },
  ship: { type: 'ship', shipment: { carrier: 'DHL', trackingNumber: 'JD01', reference: 'rest' }, at: AT },
  deliver: { type: 'deliver', at: AT },
  cancel: { type: 'cancel', reason: null, at: AT },
  cancelRest: { type: 'cancel-rest', items: null, reference: 'rest', reason: null, amount: 1, refundId: null, at: AT },
} as const satisfies Record<string, OrderCommand | ((version: number) => OrderCommand)>;

const items = fc.array(
  fc
    .record({
      quantity: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 1_000_000 })),
      unitPrice: fc.integer({ min: 1, max: 1_000_000 }),
      tracksStock: fc.boolean(),
    })
    .map(anItem),
  { minLength: 1, maxLength: 4 },
);

export const anyDraft = fc
  .record({ items, captureOn: fc.constantFrom(...CAPTURE_MOMENTS) })
  .map(({ items: lines, captureOn }) => aDraft({ items: lines, captureOn }));

function numbered(lines: readonly OrderItem[]): OrderItem[] {
  return lines.map((item, index) => ({ ...item, line: index + 1 }));
}

/** Some pieces of some lines, often too many; now and then of a line that is not there. */
const anyShipment = fc.record({
  carrier: fc.constant('DHL'),
  trackingNumber: fc.constant('JD02'),
  reference: fc.constantFrom('first', 'second', 'third'),
  items: fc.uniqueArray(fc.record({ line: fc.integer({ min: 1, max: 5 }), quantity: fc.integer({ min: 1, max: 3 }) }), {
    minLength: 1,
    maxLength: 3,
    selector: ({ line }) => line,
  }),
});

/** Any command, sensible or not, about the order's payment or another one. */
export const anyCommand: fc.Arbitrary<OrderCommand> = fc
  .record({
    payment: fc.constantFrom(PAYMENT, newId('pay')),
    version: fc.integer({ min: 1, max: 6 }),
    paymentStatus: fc.constantFrom('authorized', 'captured') as fc.Arbitrary<'authorized' | 'captured'>,
    became: fc.constantFrom('captured', 'released', 'refunded', { failed: 'bank_returned' }) as fc.Arbitrary<
      Extract<OrderCommand, { type: 'note-payment' }>['became']
    >,
    items,
    shipment: anyShipment,
  })
  .chain(({ payment: paymentId, version, paymentStatus, became, items: lines, shipment }) =>
    fc.constantFrom<OrderCommand>(
      { type: 'change', changes: { items: numbered(lines) }, at: AT },
      { type: 'change', changes: { poNumber: 'PO-7' }, at: AT },
      { type: 'confirm', paymentId, paymentStatus, version, at: AT },
      { type: 'note-payment', paymentId, became, at: AT },
      { type: 'note-payment-failure', paymentId, code: 'card_declined', at: AT },
      COMMANDS.process,
      // Twice, because most lives end before there is something to ship.
      { type: 'ship', shipment, at: AT },
      { type: 'ship', shipment, at: AT },
      COMMANDS.ship,
      { type: 'deliver', reference: shipment.reference, at: AT },
      COMMANDS.deliver,
      COMMANDS.cancel,
      COMMANDS.cancelRest,
    ),
  );
