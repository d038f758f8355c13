import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { DomainError } from '#kernel/errors.ts';
import type { OrderId, ProductId } from '#kernel/ids.ts';
import { CAPTURE_MOMENTS, type CaptureMoment, type Order, owedFor } from './index.ts';
import { ordersUnderTest } from './orders-under-test.ts';

let at: Awaited<ReturnType<typeof ordersUnderTest>>;
before(async () => {
  at = await ordersUnderTest();
});
after(() => at.kits.close());

const SHELF = 10;
const PRICES = [1_000, 333] as const;

/** The books of the test, kept beside the product by rules of their own: what must come out. */
interface Paper {
  id: OrderId;
  status: Order['status'];
  captureOn: CaptureMoment;
  ordered: readonly number[];
  shipped: number[];
  canceled: number[];
  returned: number[];
  /** Pieces in parcels that wait, by number. */
  waiting: Map<string, number[]>;
  /** Which parcels left, by reference, and whether they arrived. */
  left: Map<string, boolean>;
  /** Minor units: total − discount + tax of the pieces, and what is to be paid in all. */
  price: number;
  due: number;
  /** The worth of pieces whose money was settled, by a return or by the cancellation of a rest. */
  settled: number;
  isHeld: boolean;
  captured: number | null;
  refunded: number;
}

type Shop = Awaited<ReturnType<(typeof at)['aShop']>> & { products: ProductId[] };

/** Does it, and says whether the books allow it; a refusal must be one that the books expect. */
type Act = (shop: Shop, paper: Paper, number: number) => { isAllowed: boolean; work: () => Promise<unknown> };

const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, each) => total + each, 0);
const worth = (pieces: readonly number[]) => sum(pieces.map((quantity, index) => quantity * PRICES[index]!));
const unshipped = ({ ordered, shipped, canceled }: Paper) =>
  ordered.map((quantity, index) => quantity - shipped[index]! - canceled[index]!);

function unpacked(paper: Paper): number[] {
  const inParcels = [...paper.waiting.values()];
  return unshipped(paper).map((quantity, index) => quantity - sum(inParcels.map((pieces) => pieces[index]!)));
}

/** The share of more pieces in the price, counted from the first piece ever settled. */
function share(paper: Paper, more: number): number {
  const upTo = (value: number) => Math.floor((value * paper.price) / worth(paper.ordered));
  return upTo(paper.settled + more) - upTo(paper.settled);
}

const isTaken = ({ captured, refunded }: Paper) => captured !== null && refunded < captured;
const oneLine = (index: number, quantity: number) => PRICES.map((_price, line) => (line === index ? quantity : 0));
const asItems = (pieces: readonly number[]) =>
  pieces.flatMap((quantity, index) => (quantity > 0 ? [{ line: index + 1, quantity }] : []));
let parcels = 0;

function leave(paper: Paper, reference: string, pieces: readonly number[]): void {
  pieces.forEach((quantity, index) => {
    paper.shipped[index]! += quantity;
  });
  paper.left.set(reference, false);
  if (paper.captureOn === 'ship' && paper.isHeld) take(paper, paper.due);
  if (sum(unshipped(paper)) === 0) paper.status = 'shipped';
}

function take(paper: Paper, amount: number): void {
  Object.assign(paper, { isHeld: false, captured: amount });
}

const ACTS: Record<string, Act> = {
  confirm: ({ context }, paper) => ({
    isAllowed: paper.status === 'draft',
    async work() {
      await at.orders.confirmOrder(context(), paper.id);
      Object.assign(paper, { status: 'confirmed', isHeld: true });
      if (paper.captureOn === 'confirm') take(paper, paper.due);
    },
  }),
  process: ({ context }, paper) => ({
    isAllowed: paper.status === 'confirmed',
    async work() {
      await at.orders.processOrder(context(), paper.id);
      paper.status = 'processing';
    },
  }),
  pack: ({ context }, paper, number) => {
    const pieces = oneLine(number % 2, 1 + (number % 3));
    const trackingNumber = `JD-${++parcels}`;
    return {
      isAllowed:
        paper.status === 'processing' && pieces.every((quantity, index) => quantity <= unpacked(paper)[index]!),
      async work() {
        const what = { orderId: paper.id, items: asItems(pieces), estimatedDelivery: null };
        await at.shipping.createShipment(context(), { ...what, carrier: 'dhl', trackingNumber });
        paper.waiting.set(trackingNumber, pieces);
      },
    };
  },
  'hand over': ({ context }, paper, number) => {
    const [trackingNumber, pieces] = [...paper.waiting][number % Math.max(1, paper.waiting.size)] ?? ['none', []];
    const reference = `box-${++parcels}`;
    return {
      isAllowed: paper.status === 'processing' && trackingNumber !== 'none',
      async work() {
        const items = trackingNumber === 'none' ? asItems([0, 99]) : null;
        await at.orders.shipOrder(context(), paper.id, { carrier: 'DHL', trackingNumber, reference, items });
        paper.waiting.delete(trackingNumber);
        leave(paper, reference, pieces);
      },
    };
  },
  ship: ({ context }, paper, number) => {
    const pieces = oneLine(number % 2, 1 + (number % 3));
    const reference = `box-${++parcels}`;
    return {
      isAllowed:
        paper.status === 'processing' && pieces.every((quantity, index) => quantity <= unpacked(paper)[index]!),
      async work() {
        const parcel = { carrier: 'UPS', trackingNumber: `1Z${parcels}`, reference, items: asItems(pieces) };
        await at.orders.shipOrder(context(), paper.id, parcel);
        leave(paper, reference, pieces);
      },
    };
  },
  'ship the rest': ({ context }, paper) => {
    const pieces = unpacked(paper);
    const reference = `box-${++parcels}`;
    return {
      isAllowed: paper.status === 'processing' && sum(pieces) > 0,
      async work() {
        const parcel = { carrier: 'UPS', trackingNumber: `1Z${parcels}`, reference };
        await at.orders.shipOrder(context(), paper.id, parcel);
        leave(paper, reference, pieces);
      },
    };
  },
  deliver: ({ context }, paper, number) => {
    const reference = [...paper.left.keys()][number % Math.max(1, paper.left.size)] ?? 'none';
    return {
      isAllowed: reference !== 'none',
      async work() {
        await at.orders.deliverOrder(context(), paper.id, reference);
        paper.left.set(reference, true);
        if (paper.status === 'shipped' && [...paper.left.values()].every(Boolean)) paper.status = 'delivered';
      },
    };
  },
  cancel: ({ context }, paper) => ({
    isAllowed: ['draft', 'confirmed', 'processing'].includes(paper.status) && paper.left.size === 0,
    async work() {
      await at.orders.cancelOrder(context(), paper.id, null);
      Object.assign(paper, { status: 'canceled', isHeld: false, refunded: paper.captured ?? 0 });
      paper.waiting.clear();
    },
  }),
  'cancel the rest': ({ context }, paper) => {
    const rest = unshipped(paper);
    return {
      isAllowed: paper.status === 'processing' && paper.left.size > 0,
      async work() {
        await at.orders.cancelRest(context(), paper.id, {});
        const amount = share(paper, worth(rest));
        paper.settled += worth(rest);
        rest.forEach((quantity, index) => {
          paper.canceled[index]! += quantity;
        });
        paper.waiting.clear();
        if (isTaken(paper)) paper.refunded += Math.min(amount, paper.captured! - paper.refunded);
        else if (paper.captured === null) paper.due -= amount;
        paper.status = [...paper.left.values()].every(Boolean) ? 'delivered' : 'shipped';
      },
    };
  },
  capture: ({ context }, paper) => ({
    isAllowed: paper.isHeld,
    async work() {
      await at.orders.captureOrder(context(), paper.id);
      take(paper, paper.due);
    },
  }),
  return: ({ context }, paper, number) => {
    const [index, quantity] = [number % 2, 1 + (number % 2)];
    return {
      isAllowed: quantity <= paper.shipped[index]! - paper.returned[index]!,
      async work() {
        const wanted = { orderId: paper.id, reason: 'other' as const, resolution: 'refund' as const };
        const items = [{ line: index + 1, quantity }];
        const { id } = await at.orders.requestReturn(context(), { ...wanted, items });
        await at.orders.approveReturn(context(), id);
        await at.orders.receiveReturn(context(), id);
        const amount = share(paper, worth(oneLine(index, quantity)));
        const isPaid = isTaken(paper) && amount <= paper.captured! - paper.refunded;
        await at.orders.settleReturn(context(), id, isPaid ? null : 0);
        if (isPaid) paper.refunded += amount;
        paper.settled += worth(oneLine(index, quantity));
        paper.returned[index]! += quantity;
      },
    };
  },
  refund: ({ context }, paper, number) => ({
    isAllowed: isTaken(paper) && 1 + number <= paper.captured! - paper.refunded,
    async work() {
      const { paymentId } = await at.orders.getOrder(context().tenant, paper.id);
      // A draft has no payment that could be asked.
      if (!paymentId) throw new DomainError('invalid_state', 'Nothing is paid');
      await at.payments.refundPayment(context(), paymentId, { amount: 1 + number });
      paper.refunded += 1 + number;
    },
  }),
};

function paymentStatusOf({ status, isHeld, captured, refunded }: Paper): Order['paymentStatus'] {
  if (captured !== null) return refunded === captured ? 'refunded' : 'captured';
  return isHeld && status !== 'canceled' ? 'authorized' : 'none';
}

/** Order, stock, payment, parcels and what the customer owes, as the product shows them and as the books have them. */
async function agree(shop: Shop, paper: Paper): Promise<void> {
  const { tenant } = shop;
  const { id, status, ordered, shipped, canceled, returned } = paper;
  const order = await at.orders.getOrder(tenant, id);
  assert.deepEqual([order.status, order.paymentStatus], [status, paymentStatusOf(paper)]);
  const counts = (field: 'shippedQuantity' | 'canceledQuantity' | 'returnedQuantity') =>
    order.items.map((item) => item[field]);
  assert.deepEqual(
    [counts('shippedQuantity'), counts('canceledQuantity'), counts('returnedQuantity')],
    [shipped, canceled, returned],
  );

  const isReserved = status !== 'draft' && status !== 'canceled';
  const levels = await at.inventory.stockOf(tenant, shop.products);
  const reserved = isReserved ? unshipped(paper) : ordered.map(() => 0);
  const available = reserved.map((quantity, index) => SHELF - quantity - shipped[index]! + returned[index]!);
  assert.deepEqual(
    levels.map((level) => [level.available, level.reserved]),
    available.map((quantity, index) => [quantity, reserved[index]]),
  );

  const payments = await shop.paymentsOf(id);
  assert.equal(sum(payments.map(({ capturedAmount }) => capturedAmount)), paper.captured ?? 0);
  assert.equal(sum(payments.map(({ refundedAmount }) => refundedAmount)), paper.refunded);
  const [last] = (await at.orders.orderHistory(tenant, id)).slice(-1);
  assert.equal(owedFor(last!).due, isReserved ? paper.due : 0);

  const { items: found } = await at.shipping.listShipments(tenant, { orderId: id }, { limit: 100 });
  const held = found.filter((each) => each.status !== 'failed');
  assert.deepEqual(
    held.map((each) => (each.orderStep === 'none' ? each.trackingNumber : each.orderReference)).sort(),
    [...paper.waiting.keys(), ...paper.left.keys()].sort(),
  );
}

/** What happens to an order that left in part is where lives differ, so that comes more often than its end. */
const OFTEN = ['ship', 'return', 'cancel the rest', 'capture'];
const anyName = fc.constantFrom(...Object.keys(ACTS), ...OFTEN, ...OFTEN);
const anyPlan = fc.array(fc.record({ name: anyName, number: fc.nat(1_500) }), {
  minLength: 4,
  maxLength: 14,
});
const anyOrder = fc.record({
  ordered: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 })),
  discountTotal: fc.nat(300),
  taxTotal: fc.nat(700),
  shippingTotal: fc.nat(500),
  captureOn: fc.constantFrom(...CAPTURE_MOMENTS),
});

test('ARC-03 ARC-04 ARC-15 G-34 G-39 C-62 C-68 any life of an order: after every step order, stock, payment, parcels and books agree', async () => {
  await fc.assert(
    fc.asyncProperty(anyOrder, anyPlan, async ({ ordered, captureOn, ...beside }, plan) => {
      const base = await at.aShop({ pieces: SHELF });
      const shop: Shop = { ...base, products: [base.productId, await at.aProduct(base.tenant, SHELF)] };
      const items = ordered.map((quantity, index) => {
        return { productId: shop.products[index]!, quantity, unitPrice: PRICES[index]! };
      });
      const total = worth(ordered);
      const { id } = await shop.draft(0, { items, total, captureOn, ...beside });
      const price = total - beside.discountTotal + beside.taxTotal;
      const none = () => [0, 0];
      const paper: Paper = {
        ...{ id, status: 'draft', captureOn, ordered, shipped: none(), canceled: none(), returned: none() },
        ...{ waiting: new Map(), left: new Map(), price, due: price + beside.shippingTotal, settled: 0 },
        ...{ isHeld: false, captured: null, refunded: 0 },
      };
      // Most lives would end before anything could happen in them.
      const { number: chance } = plan[0]!;
      const begun = ['confirm', 'process', 'ship'].map((name) => ({ name, number: chance }));
      for (const { name, number } of [...begun.slice(0, chance % 8 || 3), ...plan]) {
        const { isAllowed, work } = ACTS[name]!(shop, paper, number);
        const refusal = await work().then(
          () => null,
          (error) => error,
        );
        if (refusal && (isAllowed || !(refusal instanceof DomainError))) throw refusal;
        assert.equal(refusal === null, isAllowed, `${name} was ${refusal ? 'refused' : 'done'}`);
        await at.settle();
        await agree(shop, paper);
      }
    }),
    { numRuns: 30 },
  );
  for (const { folded, stored } of await at.foldedAndStored()) assert.deepEqual(stored, folded);
  assert.deepEqual(await at.inventory.verifyLevels(), []);
});
