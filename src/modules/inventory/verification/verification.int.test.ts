import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { testContext } from '#test/support/module.ts';
import { inventoryUnderTest, restock } from '../inventory-under-test.ts';
import { planVerification, VERIFY_JOB } from './verification.ts';

let it: Awaited<ReturnType<typeof inventoryUnderTest>>;
/** The owner of the tables, who could do what the program never does. */
let owner: pg.Client;
before(async () => {
  it = await inventoryUnderTest();
  owner = new pg.Client(it.kits.database.connection);
  await owner.connect();
  await owner.query(`set app.org_id = '*'`);
});
after(async () => {
  await owner?.end();
  await it?.kits.close();
});

/** Runs the job as its worker does, at its time. */
async function check(): Promise<void> {
  const { database } = it.kits.kit('inventory');
  await planVerification(database, it.kits.clock);
  it.kits.clock.advance(10_000);
  await it.kits.worker('inventory', it.jobs).runDue();
}

test('STK-01 levels that follow their movements are found to agree, and every change is looked at', async () => {
  const { context, productId } = await it.stocked(5);
  await it.inventory.adjust(context, restock(productId, 3));
  await it.inventory.reserve(context, { orderId: it.anOrder(), items: [{ productId, quantity: 2 }] });
  assert.ok((await it.inventory.levelHealth()).unverified > 0);
  await check();
  assert.deepEqual(await it.inventory.levelHealth(), { mismatches: 0, unverified: 0 });
});

test('STK-01 a level that somebody changes by SQL is found by the next check, and gone when it is put right', async () => {
  const { productId, tenant } = await it.stocked(5);
  await check();
  for (const column of ['available', 'reserved', 'damaged']) {
    const change = (by: number) =>
      owner.query(`update inventory.levels set ${column} = ${column} + $1 where product_id = $2`, [by, productId]);
    await change(1);
    await check();
    assert.equal((await it.inventory.levelHealth()).mismatches, 1, column);
    // Further movements do not hide it.
    await it.inventory.adjust(testContext(tenant), restock(productId, 2));
    await check();
    assert.equal((await it.inventory.levelHealth()).mismatches, 1, column);
    await change(-1);
    await check();
    assert.equal((await it.inventory.levelHealth()).mismatches, 0, column);
  }
});

test('STK-01 a movement without a level, and a level without a movement, are found', async () => {
  const { productId } = await it.stocked(5);
  await owner.query(
    `insert into inventory.movements (id, org_id, livemode, level_id, product_id, warehouse_id, kind, reason,
       available_change, reserved_change, damaged_change, cause_id, reference_id, created_at)
     select 'mov_forged', org_id, livemode, level_id, product_id, warehouse_id, kind, reason, 7, 0, 0, 'adj_forged', 'x', now()
     from inventory.movements where product_id = $1 limit 1`,
    [productId],
  );
  await owner.query(
    `insert into inventory.levels (id, org_id, livemode, version, product_id, warehouse_id, available, reserved, damaged,
       created_at, updated_at)
     select 'lvl_forged', org_id, livemode, 1, 'prd_forged', warehouse_id, 9, 0, 0, now(), now()
     from inventory.levels where product_id = $1`,
    [productId],
  );
  await check();
  assert.equal((await it.inventory.levelHealth()).mismatches, 2);
  await owner.query(`update inventory.levels set available = available + 7 where product_id = $1`, [productId]);
  await owner.query(`update inventory.levels set available = 0 where id = 'lvl_forged'`);
  await check();
  assert.equal((await it.inventory.levelHealth()).mismatches, 0);
});

test('STK-01 a check in the middle of work never takes a half of it for a mismatch', async () => {
  const { tenant, productId } = await it.stocked(100);
  const work = Array.from({ length: 60 }, (_, index) =>
    index % 2
      ? it.inventory.adjust(testContext(tenant), restock(productId, 1))
      : it.inventory.reserve(testContext(tenant), { orderId: it.anOrder(), items: [{ productId, quantity: 1 }] }),
  );
  let busy = true;
  const done = Promise.all(work).finally(() => {
    busy = false;
  });
  while (busy) {
    await check();
    assert.equal((await it.inventory.levelHealth()).mismatches, 0);
  }
  await done;
  await check();
  assert.deepEqual(await it.inventory.levelHealth(), { mismatches: 0, unverified: 0 });
});

test('STK-01 the check reads what is new and not the history: its plan touches no more movements than changed', async () => {
  const { tenant, productId } = await it.stocked(1);
  for (let index = 0; index < 40; index++) await it.inventory.adjust(testContext(tenant), restock(productId, 1));
  await check();
  await it.inventory.adjust(testContext(tenant), restock(productId, 1));
  const { rows } = await owner.query(
    `select count(*)::int as fresh from inventory.movements movement
     join inventory.level_checks checked on checked.level_id = movement.level_id
     where movement.product_id = $1 and movement.position > checked.position`,
    [productId],
  );
  assert.deepEqual(rows, [{ fresh: 1 }]);
  const changes = await owner.query('select count(distinct level_id)::int as levels from inventory.level_changes');
  assert.deepEqual(changes.rows, [{ levels: 1 }]);
});

test('STK-01 the check plans its successor, once however many processes plan', async () => {
  const { database } = it.kits.kit('inventory');
  await Promise.all(Array.from({ length: 4 }, () => planVerification(database, it.kits.clock)));
  const jobs = () => owner.query('select run_at from inventory.jobs where kind = $1', [VERIFY_JOB]);
  assert.equal((await jobs()).rows.length, 1);
  it.kits.clock.advance(10_000);
  await it.kits.worker('inventory', it.jobs).runDue();
  const { rows } = await jobs();
  assert.equal(rows.length, 1);
  assert.ok(rows[0].run_at > it.kits.clock.now());
});
