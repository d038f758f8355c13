import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { CommandContext } from '#kernel/context.ts';
import { statement } from '#kernel/database/statement.ts';
import { everyTenant } from '#kernel/database/tenant.ts';
import { DomainError } from '#kernel/errors.ts';
import type { OrderId, PaymentMethodId, ProductId } from '#kernel/ids.ts';
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
  /** What was given back for these pieces, and what the shipping cost. */
  given: number;
  shippingTotal: number;
  /** What the payment is for as long as it is held. */
  authorized: number;
  isOnAccount: boolean;
  /** Whether drafts hold stock. */
  holdsDrafts: boolean;
  /** The newest attempt to pay was declined. */
  isDeclined: boolean;
  isHeld: boolean;
  captured: number | null;
  refunded: number;
}

type Shop = Awaited<ReturnType<(typeof at)['aShop']>> & { products: ProductId[]; declined: PaymentMethodId };

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

/** The most that may be given back for more pieces: their share and the shipping, with all that was given before. */
function limit(paper: Paper, more: number): number {
  const upTo = Math.floor(((paper.settled + more) * paper.price) / worth(paper.ordered));
  return Math.max(0, upTo + paper.shippingTotal - paper.given);
}

/** Nothing leaves for money that was given back as a whole. */
const isPayable = (paper: Paper) => ['authorized', 'captured'].includes(paymentStatusOf(paper));
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
      if (paper.isDeclined) await at.orders.updateOrder(context(), paper.id, { paymentMethodId: null });
      await at.orders.confirmOrder(context(), paper.id);
      Object.assign(paper, { status: 'confirmed', isHeld: true, isDeclined: false });
      if (paper.captureOn === 'confirm') take(paper, paper.due);
    },
  }),
  'confirm in vain': ({ context, declined }, paper) => ({
    isAllowed: paper.status === 'draft' && !paper.isOnAccount,
    async work() {
      await at.orders.updateOrder(context(), paper.id, { paymentMethodId: declined });
      // The change of the draft has had its hold; what is held afterwards is what the attempt left.
      await at.settle();
      await assert.rejects(at.orders.confirmOrder(context(), paper.id), { kind: 'payment_failed' });
      paper.isDeclined = true;
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
        paper.status === 'processing' &&
        isPayable(paper) &&
        pieces.every((quantity, index) => quantity <= unpacked(paper)[index]!),
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
      isAllowed: paper.status === 'processing' && isPayable(paper) && trackingNumber !== 'none',
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
        paper.status === 'processing' &&
        isPayable(paper) &&
        pieces.every((quantity, index) => quantity <= unpacked(paper)[index]!),
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
      isAllowed: paper.status === 'processing' && isPayable(paper) && sum(pieces) > 0,
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
  'cancel the rest': (shop, paper, number) => cancelRest(shop, paper, number, unshipped(paper), null),
  'cancel pieces': (shop, paper, number) => {
    const pieces = oneLine(number % 2, 1 + (number % 3));
    return cancelRest(shop, paper, number, pieces, asItems(pieces));
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
        const value = worth(oneLine(index, quantity));
        const amount = Math.min(limit(paper, value), share(paper, value));
        const isPaid = isTaken(paper) && amount <= paper.captured! - paper.refunded;
        await at.orders.settleReturn(context(), id, isPaid ? null : 0);
        if (isPaid) paper.refunded += amount;
        if (isPaid) paper.given += amount;
        paper.settled += value;
        paper.returned[index]! += quantity;
      },
    };
  },
  refund: ({ context }, paper, number) => refund(context(), paper, 1 + number),
  'refund all': ({ context }, paper) => refund(context(), paper, Math.max(1, (paper.captured ?? 0) - paper.refunded)),
};

function cancelRest(
  { context }: Shop,
  paper: Paper,
  number: number,
  pieces: readonly number[],
  items: ReturnType<typeof asItems> | null,
): ReturnType<Act> {
  // Every third time by an amount that somebody names, which is often too much.
  const named = number % 3 === 0 ? number : null;
  const back = paper.captured === null ? 0 : paper.captured - paper.refunded;
  const isTooMuch =
    named !== null && (named > limit(paper, worth(pieces)) || (paper.captured !== null && named > back));
  const isThere = pieces.every((quantity, index) => quantity <= unshipped(paper)[index]!);
  return {
    isAllowed: paper.status === 'processing' && paper.left.size > 0 && isThere && !isTooMuch,
    async work() {
      await at.orders.cancelRest(context(), paper.id, { amount: named, items });
      const whole = share(paper, worth(pieces));
      const amount = paper.captured === null ? whole : (named ?? Math.min(whole, back));
      paper.settled += worth(pieces);
      paper.given += amount;
      pieces.forEach((quantity, index) => {
        paper.canceled[index]! += quantity;
      });
      paper.waiting.clear();
      if (paper.captured === null) paper.due -= amount;
      else paper.refunded += amount;
      if (sum(unshipped(paper)) > 0) return;
      paper.status = [...paper.left.values()].every(Boolean) ? 'delivered' : 'shipped';
    },
  };
}

function refund(context: CommandContext, paper: Paper, amount: number): ReturnType<Act> {
  return {
    isAllowed: isTaken(paper) && amount <= paper.captured! - paper.refunded,
    async work() {
      const { paymentId } = await at.orders.getOrder(context.tenant, paper.id);
      // A draft has no payment that could be asked.
      if (!paymentId) throw new DomainError('invalid_state', 'Nothing is paid');
      await at.payments.refundPayment(context, paymentId, { amount });
      paper.refunded += amount;
    },
  };
}

function paymentStatusOf({ status, isHeld, isDeclined, captured, refunded }: Paper): Order['paymentStatus'] {
  if (captured !== null) return refunded === captured ? 'refunded' : 'captured';
  if (isDeclined) return 'failed';
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

  const isOwed = status !== 'draft' && status !== 'canceled';
  const isReserved = isOwed || (status === 'draft' && paper.holdsDrafts);
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
  assert.equal(owedFor(last!).due, isOwed ? paper.due : 0);
  await creditAgrees(shop, paper);

  const { items: found } = await at.shipping.listShipments(tenant, { orderId: id }, { limit: 100 });
  const held = found.filter((each) => each.status !== 'failed');
  assert.deepEqual(
    held.map((each) => (each.orderStep === 'none' ? each.trackingNumber : each.orderReference)).sort(),
    [...paper.waiting.keys(), ...paper.left.keys()].sort(),
  );
}

/** The credit that is used is what is still owed on account; what the payments add up to is what is not given back. */
async function creditAgrees({ customerId }: Shop, { isHeld, isOnAccount, authorized, captured, refunded }: Paper) {
  const query = statement('select used_amount, open_amount from payments.credit_usage where customer_id = $1', [
    customerId,
  ]);
  const [row] = await at.kits.kit('payments').database.read(everyTenant, query);
  const open = isHeld ? authorized : (captured ?? 0) - refunded;
  assert.deepEqual([row?.used_amount ?? 0, row?.open_amount ?? 0], [isOnAccount ? open : 0, open]);
}

/** What happens to an order that left in part is where lives differ, so that comes more often than its end. */
const OFTEN = ['ship', 'return', 'cancel the rest', 'cancel pieces', 'capture'];
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
  isOnAccount: fc.boolean(),
  holdsDrafts: fc.boolean(),
});

/** Who pays by card, or on account with a credit limit; a card that is declined is at hand. */
async function aShopWith(isOnAccount: boolean, holdsDrafts: boolean): Promise<Shop> {
  const terms = isOnAccount ? { token: null, creditLimit: 100_000, currency: 'USD' as const } : {};
  const base = await at.aShop({ pieces: SHELF, ...terms });
  const { context, tenant, customerId } = base;
  if (holdsDrafts) await at.inventory.updateSettings(context(), { draftHoldMinutes: 60 });
  const card = { customerId, type: 'card' as const, token: 'tok_declined' };
  const { id: declined } = await at.payments.methods.attach(context(), card);
  // The first method of a customer is its default, which pays instead of the credit.
  if (isOnAccount) await at.payments.methods.detach(context(), declined);
  return { ...base, declined, products: [base.productId, await at.aProduct(tenant, SHELF)] };
}

test('ARC-03 ARC-04 ARC-15 C-86 G-34 G-35 G-39 C-62 C-68 any life of an order: after every step order, stock, payment, parcels, credit and books agree', async () => {
  await fc.assert(
    fc.asyncProperty(anyOrder, anyPlan, async ({ ordered, captureOn, isOnAccount, holdsDrafts, ...beside }, plan) => {
      const shop = await aShopWith(isOnAccount, holdsDrafts);
      const items = ordered.map((quantity, index) => {
        return { productId: shop.products[index]!, quantity, unitPrice: PRICES[index]! };
      });
      const total = worth(ordered);
      const { id } = await shop.draft(0, { items, total, captureOn, ...beside });
      const price = total - beside.discountTotal + beside.taxTotal;
      const none = () => [0, 0];
      const paper: Paper = {
        ...{ id, status: 'draft', captureOn, ordered, shipped: none(), canceled: none(), returned: none() },
        ...{ waiting: new Map(), left: new Map(), price, due: price + beside.shippingTotal, settled: 0, given: 0 },
        ...{ authorized: price + beside.shippingTotal, shippingTotal: beside.shippingTotal, isOnAccount, holdsDrafts },
        ...{ isDeclined: false, isHeld: false, captured: null, refunded: 0 },
      };
      await at.settle();
      // Most lives would end before anything could happen in them.
      const { number: chance } = plan[0]!;
      const names = ['confirm', 'process', 'ship'].slice(0, chance % 8 || 3);
      const begun = chance % 3 === 0 && !isOnAccount ? ['confirm in vain', ...names] : names;
      for (const { name, number } of [...begun.map((name) => ({ name, number: chance })), ...plan]) {
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
