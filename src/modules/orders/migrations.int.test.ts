import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { migrate } from '#kernel/database/migrations.ts';
import { createTestDatabase } from '#test/support/postgres.ts';
import { ordersSchema } from './index.ts';

const AT = '2026-01-15T10:00:00.123Z';

test('G-39 orders from before shipments came in parts keep what they shipped when their tables change', async (t) => {
  const database = await createTestDatabase({ template: 'template1' });
  const folder = mkdtempSync(join(tmpdir(), 'techcorp-orders-'));
  const client = new pg.Client(database.connection);
  t.after(async () => {
    await client.end();
    await database.drop();
    rmSync(folder, { recursive: true });
  });
  copyFileSync(new URL('0001_orders.sql', ordersSchema.directory), join(folder, '0001_orders.sql'));
  await migrate(database.connection, [{ ...ordersSchema, directory: pathToFileURL(`${folder}/`) }]);
  await client.connect();
  await client.query("select set_config('app.org_id', '*', false)");
  for (const [id, shipped] of [
    ['ord_draft', false],
    ['ord_shipped', true],
  ] as const) {
    await client.query(
      `insert into orders.orders (id, org_id, livemode, version, customer_id, status, payment_status, capture_on, total,
         currency, carrier, tracking_number, metadata, shipped_at, created_at, updated_at)
       values ($1, 'org_1', true, 1, 'cus_1', $2, 'none', 'ship', 7, 'USD', $3, $4, '{}', $5, $6, $6)`,
      [id, shipped ? 'shipped' : 'draft', shipped ? 'DHL' : null, shipped ? 'JD01' : null, shipped ? AT : null, AT],
    );
    await client.query(
      `insert into orders.order_items values ($1, 0, 'itm_1', 'org_1', true, 'prd_1', 3, 2, true),
        ($1, 1, 'itm_2', 'org_1', true, 'prd_2', 1, 1, false)`,
      [id],
    );
  }
  await migrate(database.connection, [ordersSchema]);
  const { rows } = await client.query('select id, shipments from orders.orders order by id');
  const items = [
    { line: 1, quantity: 3 },
    { line: 2, quantity: 1 },
  ];
  const shipment = {
    carrier: 'DHL',
    reference: 'JD01',
    trackingNumber: 'JD01',
    items,
    shippedAt: AT,
    deliveredAt: null,
  };
  assert.deepEqual(rows, [
    { id: 'ord_draft', shipments: [] },
    { id: 'ord_shipped', shipments: [shipment] },
  ]);
  const left = await client.query(
    'select order_id, position, quantity - shipped_quantity as left from orders.order_items order by 1, 2',
  );
  assert.deepEqual(
    left.rows.map((row) => row.left),
    [3, 1, 0, 0],
  );
});
