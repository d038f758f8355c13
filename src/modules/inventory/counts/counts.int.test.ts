import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId, type ProductId, type StockCountId } from '#kernel/ids.ts';
import { testContext } from '#test/support/module.ts';
import { inventoryUnderTest, restock } from '../inventory-under-test.ts';
import type { CountEntry } from './count.ts';

let it: Awaited<ReturnType<typeof inventoryUnderTest>>;
before(async () => {
  it = await inventoryUnderTest();
});
after(() => it?.kits.close());

const page = { limit: 100 };

/** A warehouse with ten pieces of one product, and an open count of it; each call of the clerk's is the same person. */
async function counting(pieces = 10) {
  const shop = await it.stocked(pieces);
  const { tenant, productId } = shop;
  const clerk = testContext(tenant);
  const manager = () => testContext(tenant);
  const { id } = await it.inventory.startCount(clerk, {});
  const found = (counted: number, more: Partial<CountEntry> = {}) =>
    it.inventory.enterCount(clerk, id, [{ productId, counted, ...more }]);
  const line = async () => (await it.inventory.listCountLines(tenant, id, page)).items[0]!;
  const submit = () => it.inventory.submitCount(clerk, id);
  const approve = (context = manager()) => it.inventory.approveCount(context, id);
  const numbers = async () => {
    const { available, reserved, damaged } = await shop.quantities();
    return [available, reserved, damaged];
  };
  const reserve = async (quantity: number) => {
    const orderId = it.anOrder();
    await it.inventory.reserve(testContext(tenant), { orderId, items: [{ productId, quantity }] });
    return orderId;
  };
  return { ...shop, id, clerk, manager, found, line, submit, approve, numbers, reserve };
}

const eventsOf = (id: StockCountId) =>
  it.kits.committed.filter(({ streamId }) => streamId === id).map(({ type, streamVersion }) => [streamVersion, type]);

test('STK-12 STK-13 STK-14 a count compares, records the discrepancy, and changes stock only by the approval of another person', async () => {
  const { id, clerk, tenant, productId, found, line, submit, approve, numbers } = await counting();
  assert.deepEqual((await found(8)).discrepancies, 1);
  assert.deepEqual([(await line()).expected, (await line()).counted], [10, 8]);
  await assert.rejects(approve(), { kind: 'invalid_state' });
  const submitted = await submit();
  assert.deepEqual([submitted.status, submitted.discrepancies], ['submitted', 1]);
  const event = it.kits.committed.find(({ type, streamId }) => type === 'stock.count_submitted' && streamId === id)!;
  assert.deepEqual(event.data.discrepancies, [
    { product_id: productId, expected: 10, counted: 8, expected_damaged: null, counted_damaged: null },
  ]);
  assert.deepEqual(await numbers(), [10, 0, 0]);
  await assert.rejects(approve(clerk), { kind: 'forbidden' });
  assert.deepEqual(await numbers(), [10, 0, 0]);
  const approved = await approve();
  assert.deepEqual([approved.status, approved.decidedBy !== clerk.actor.id], ['approved', true]);
  assert.deepEqual(await numbers(), [8, 0, 0]);
  const adjustments = (await it.inventory.listAdjustments(tenant, { referenceId: id }, page)).items;
  assert.deepEqual(
    adjustments.map(({ reason, quantityChange }) => [reason, quantityChange]),
    [['count', -2]],
  );
  await assert.rejects(approve(), { kind: 'invalid_state' });
  await assert.rejects(found(9), { kind: 'invalid_state' });
  assert.deepEqual(eventsOf(id), [
    [1, 'stock.count_started'],
    [2, 'stock.counted'],
    [3, 'stock.count_submitted'],
    [4, 'stock.count_approved'],
  ]);
  assert.deepEqual(await it.inventory.verifyLevels(), []);
});

test('STK-12 reserved pieces are in the house: counting them makes no difference, and they stay reserved', async () => {
  const { found, line, submit, approve, numbers, reserve } = await counting();
  await reserve(4);
  await found(10);
  assert.deepEqual([(await line()).expected, (await line()).counted], [10, 10]);
  assert.equal((await submit()).discrepancies, 0);
  await approve();
  assert.deepEqual(await numbers(), [6, 4, 0]);
});

test('STK-12 what comes and goes during a count makes no false difference, before the number is entered and after', async () => {
  const { tenant, context, productId, found, line, submit, approve, numbers, reserve } = await counting();
  const shipped = await reserve(3);
  await it.inventory.commit(testContext(tenant), shipped);
  it.kits.clock.advance(1_000);
  const countedAt = it.kits.clock.now().toISOString();
  it.kits.clock.advance(1_000);
  // Between the walk along the shelf and the desk, two more leave and five come in.
  const late = await reserve(2);
  await it.inventory.commit(testContext(tenant), late);
  await it.inventory.adjust(context, restock(productId, 5));
  await found(6, { countedAt });
  assert.deepEqual([(await line()).expected, (await line()).counted], [7, 6]);
  await submit();
  await reserve(4);
  await approve();
  // 10 - 3 - 2 + 5 - 1 missing, of which four are promised.
  assert.deepEqual(await numbers(), [5, 4, 0]);
  assert.deepEqual(await it.inventory.verifyLevels(), []);
});

test('STK-12 sales while many enter numbers never make a difference, whichever comes first', async () => {
  const { tenant, productId, id, numbers, line } = await counting(40);
  for (let round = 0; round < 8; round++) {
    await Promise.all([
      it.inventory.adjust(testContext(tenant), restock(productId, 3)),
      it.inventory.reserve(testContext(tenant), { orderId: it.anOrder(), items: [{ productId, quantity: 2 }] }),
      it.inventory.enterCount(testContext(tenant), id, [{ productId, counted: 0 }]),
    ]);
    const { expected } = await line();
    const before = 40 + 3 * round;
    assert.ok(expected === before || expected === before + 3, `${expected} in round ${round}`);
  }
  assert.deepEqual(await numbers(), [40 + 8 * 3 - 16, 16, 0]);
});

test('STK-14 pieces that are missing cannot be taken from orders: the approval is refused and says which', async () => {
  const { found, submit, approve, numbers, reserve, context } = await counting();
  const orderId = await reserve(9);
  await found(7);
  await submit();
  await assert.rejects(approve(), { kind: 'insufficient_stock' });
  assert.deepEqual(await numbers(), [1, 9, 0]);
  await it.inventory.release(context, orderId);
  await approve();
  assert.deepEqual(await numbers(), [7, 0, 0]);
});

test('STK-14 whoever entered a number once cannot approve, even after a recount by another', async () => {
  const { id, tenant, productId, clerk, found, submit, approve, numbers, line } = await counting();
  await found(3);
  await submit();
  const second = testContext(tenant);
  assert.deepEqual((await it.inventory.recount(second, id)).round, 2);
  assert.equal((await line()).counted, null);
  await assert.rejects(submit(), { kind: 'invalid_state' });
  await it.inventory.enterCount(second, id, [{ productId, counted: 9 }]);
  await submit();
  await assert.rejects(approve(clerk), { kind: 'forbidden' });
  await assert.rejects(approve(second), { kind: 'forbidden' });
  await approve();
  assert.deepEqual(await numbers(), [9, 0, 0]);
});

test('STK-14 many approvals at once make one adjustment', async () => {
  const { found, submit, approve, numbers } = await counting();
  await found(12);
  await submit();
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => approve()));
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  assert.deepEqual(await numbers(), [12, 0, 0]);
});

test('STK-14 a rejected or canceled count changes nothing, and its products may be counted again', async () => {
  const { id, tenant, manager, found, submit, approve, numbers } = await counting();
  await assert.rejects(it.inventory.startCount(manager(), {}), { kind: 'invalid_state' });
  await found(2);
  await submit();
  const rejected = await it.inventory.rejectCount(manager(), id, 'Wrong aisle.');
  assert.deepEqual([rejected.status, rejected.note], ['rejected', 'Wrong aisle.']);
  await assert.rejects(approve(), { kind: 'invalid_state' });
  const again = await it.inventory.startCount(manager(), {});
  assert.equal((await it.inventory.cancelCount(manager(), again.id)).status, 'canceled');
  await it.inventory.startCount(manager(), {});
  assert.deepEqual(await numbers(), [10, 0, 0]);
  const statuses = (await it.inventory.listCounts(tenant, {}, page)).items.map(({ status }) => status);
  assert.deepEqual(statuses, ['open', 'canceled', 'rejected']);
  assert.equal((await it.inventory.listCounts(tenant, { status: 'open' }, page)).items.length, 1);
});

test('STK-02 damaged pieces are counted apart, and only when somebody looked at them', async () => {
  const { context, productId, found, submit, approve, numbers, tenant, id } = await counting();
  await it.inventory.adjust(context, { productId, quantityChange: -3, reason: 'damage', referenceId: 'x' });
  await found(7, { damaged: 2 });
  assert.equal((await submit()).discrepancies, 1);
  await approve();
  assert.deepEqual(await numbers(), [7, 0, 2]);
  const [adjustment] = (await it.inventory.listAdjustments(tenant, { referenceId: id }, page)).items;
  assert.deepEqual([adjustment!.quantityChange, adjustment!.damagedChange], [0, -1]);
});

test('STK-12 a count of chosen products finds what was never there, and refuses what makes no sense', async () => {
  const { tenant, context } = await it.stocked(1);
  const stray = await it.aProduct(tenant);
  const service = await it.aProduct(tenant, 'service');
  const start = (productIds: ProductId[]) => it.inventory.startCount(testContext(tenant), { productIds });
  await assert.rejects(start([service]), { kind: 'validation' });
  await assert.rejects(start([newId('prd')]), { kind: 'not_found' });
  const { id, lines } = await start([stray]);
  assert.equal(lines, 1);
  const enter = (entry: Partial<CountEntry>) =>
    it.inventory.enterCount(context, id, [{ productId: stray, counted: 1, ...entry }]);
  for (const counted of [-1, 0.5, Number.NaN]) await assert.rejects(enter({ counted }), { kind: 'validation' });
  await assert.rejects(enter({ damaged: -1 }), { kind: 'validation' });
  await assert.rejects(enter({ productId: service }), { kind: 'validation' });
  await assert.rejects(enter({ countedAt: '2020-01-01T00:00:00.000Z' }), { kind: 'validation' });
  await assert.rejects(enter({ countedAt: '2999-01-01T00:00:00.000Z' }), { kind: 'validation' });
  const twice = [1, 2].map((counted) => ({ productId: stray, counted }));
  await assert.rejects(it.inventory.enterCount(context, id, twice), { kind: 'validation' });
  await enter({ counted: 4 });
  await it.inventory.submitCount(context, id);
  await it.inventory.approveCount(testContext(tenant), id);
  assert.equal((await it.inventory.stockOf(tenant, [stray]))[0]!.available, 4);
  const empty = it.stocked(0);
  await assert.rejects(it.inventory.startCount((await empty).context, {}), { kind: 'invalid_state' });
});

test("STK-12 another tenant's count is as missing as one that never was", async () => {
  const { id, productId, found, submit } = await counting();
  await found(5);
  await submit();
  const { tenant, context } = await it.stocked(1);
  await assert.rejects(it.inventory.getCount(tenant, id), { kind: 'not_found' });
  await assert.rejects(it.inventory.listCountLines(tenant, id, page), { kind: 'not_found' });
  await assert.rejects(it.inventory.approveCount(context, id), { kind: 'not_found' });
  await assert.rejects(it.inventory.enterCount(context, id, [{ productId, counted: 1 }]), { kind: 'not_found' });
  assert.equal((await it.inventory.listCounts(tenant, {}, page)).items.length, 0);
});
