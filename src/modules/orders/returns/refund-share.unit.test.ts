import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { amountDue, amountToTake } from '../order-total.ts';
import { aDraft, anItem } from '../order-under-test.ts';
import { type OrderReturn, refundShare, settledWorth } from './return.ts';

const lines = fc.array(
  fc.record({ quantity: fc.integer({ min: 1, max: 9 }), unitPrice: fc.integer({ min: 1, max: 99_999 }) }),
  {
    minLength: 1,
    maxLength: 4,
  },
);
const share = fc.integer({ min: 0, max: 100 });

/** The worth of `pieces` of each line, as a return that was settled or is about to be. */
function returned(order: ReturnType<typeof aDraft>, pieces: readonly number[]): OrderReturn {
  const items = order.items.map(({ line, unitPrice }, index) => ({ line, unitPrice, quantity: pieces[index]! }));
  return { status: 'refunded', items, received: items } as unknown as OrderReturn;
}

const worth = ({ items }: OrderReturn) => items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);

test('G-34 G-39 ORD-09 whatever is returned and canceled, in any cut and sequence, adds up to the price of the pieces, and something is left to take', () => {
  fc.assert(
    fc.property(lines, share, share, fc.nat(5_000), share, (items, cut, discount, taxTotal, part) => {
      const draft = aDraft({ items: items.map(anItem) });
      const discountTotal = Math.floor((draft.total * Math.min(discount, 99)) / 100);
      const order = { ...draft, discountTotal, taxTotal, shippingTotal: 700 };
      const kept = order.items.map(({ quantity }) => Math.floor((quantity * cut) / 100));
      const canceled = returned(
        order,
        order.items.map(({ quantity }, index) => quantity - kept[index]!),
      );
      const first = returned(
        order,
        kept.map((pieces) => Math.floor((pieces * part) / 100)),
      );
      const second = returned(
        order,
        kept.map((pieces, index) => pieces - first.items[index]!.quantity),
      );
      const price = amountDue(order) - order.shippingTotal;

      const a = refundShare(order, settledWorth(order, []), worth(first));
      const b = refundShare(order, settledWorth(order, [first]), worth(canceled));
      const after = {
        ...order,
        items: order.items.map((item, index) => ({ ...item, canceledQuantity: item.quantity - kept[index]! })),
      };
      const c = refundShare(after, settledWorth(after, [first]), worth(second));
      assert.equal(a + b + c, price);
      assert.ok([a, b, c].every((amount) => Number.isSafeInteger(amount) && amount >= 0));

      const at = order.createdAt;
      const rest = (refundId: 'ref_1' | null) => ({
        ...{ amount: b, refundId, reason: null, at, reference: null },
        untaken: refundId === null ? b : 0,
      });
      assert.equal(amountToTake({ ...after, restCanceled: rest(null) }), price + 700 - b);
      assert.equal(amountToTake({ ...after, restCanceled: rest('ref_1') }), price + 700, 'it was taken and given back');
      assert.ok(amountToTake({ ...after, restCanceled: rest(null) }) > 0);
    }),
  );
});
