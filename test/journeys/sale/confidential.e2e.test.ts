import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { foundIn, foundInTables } from '#test/journeys/scan-database.ts';
import { type Sale, wholeSale } from './sale.ts';

test('a whole sale leaves nothing confidential behind in the clear', async (t) => {
  const sale = await wholeSale(t);
  const client = new pg.Client(sale.app.database.connection);
  // The database goes away under it when the test ends.
  client.on('error', () => undefined);
  await client.connect();

  await t.test('no log line holds a secret, a token, a card number or personal data', () => noLogLine(sale));
  await t.test('V1-107 GDPR-02 PCI-02 no column of the database, nor any value inside of JSON, holds it readably', () =>
    noColumn(sale, client),
  );
  // No part of the product is spoken to over gRPC yet; that leg of OBS-03 has nothing to go through.
  await t.test('OBS-03 the trace that the client began goes on through every event and webhook', () =>
    oneTrace(sale, client),
  );
  await t.test(
    'SOC-07 C-89 the trail knows where the person acted from, and after their erasure neither it nor the log of events does',
    () => erasedEverywhere(sale, client),
  );
});

function noLogLine(sale: Sale): void {
  const { logLines } = sale.app;
  assert.ok(
    logLines.some((line) => line.includes('"operation":"orders.confirm"')),
    'there is something to look into',
  );
  assert.deepEqual(foundIn(sale.confidential, logLines), []);
}

async function noColumn(sale: Sale, client: pg.Client): Promise<void> {
  assert.deepEqual(await foundInTables(client, sale.confidential), []);
}

async function oneTrace(sale: Sale, client: pg.Client): Promise<void> {
  const { rows } = await client.query(
    `select metadata from orders.events where stream_id = $1
      union all select metadata from payments.events where data -> 'payment' ->> 'order_id' = $1
        or data -> 'payment' ->> 'orderId' = $1`,
    [sale.orderId],
  );
  assert.ok(rows.length >= 7);
  for (const { metadata } of rows.filter((row) => row.metadata.operation !== 'payments.refund')) {
    assert.match(metadata.traceparent, new RegExp(`^00-${sale.traceId}-[0-9a-f]{16}-01$`));
  }
  const seen = new Map(sale.webhooks.map(({ type, headers }) => [type, String(headers.traceparent)]));
  assert.deepEqual([...seen.keys()].sort(), ['order.completed', 'order.created', 'order.updated', 'payment.succeeded']);
  for (const [type, traceparent] of seen) assert.equal(traceparent.slice(3, 35), sale.traceId, type);
  const spans = new Set(sale.webhooks.map(({ headers }) => String(headers.traceparent).slice(36, 52)));
  assert.equal(spans.size, sale.webhooks.length, 'each delivery is a span of its own');
}

async function erasedEverywhere(sale: Sale, client: pg.Client): Promise<void> {
  const { app, userId, orderId } = sale;
  const seen = async () => {
    const { items } = await app.platform.modules.audit.listEntries(
      { orgId: '*', livemode: true },
      { objectId: orderId },
      { limit: 50 },
    );
    return new Set(items.filter((entry) => entry.userId === userId).map((entry) => entry.ipAddress));
  };
  assert.deepEqual(await seen(), new Set([sale.confidential['address of the visitor']]));
  await client.query('delete from audit.subject_keys where subject_id = $1', [userId]);
  assert.deepEqual(await seen(), new Set([null]));
  const { rows } = await client.query('select metadata from orders.events where stream_id = $1', [orderId]);
  const tenant = { orgId: 'org_x' as never, livemode: true };
  const events = rows.map(({ metadata }) => ({ tenant, actor: metadata.actor, origin: metadata.origin }));
  const { database, origins } = app.platform.runtime.kit('audit');
  const opened = await origins.open(events, (statements) =>
    database.readAll({ orgId: '*', livemode: true }, statements),
  );
  assert.ok(events.length >= 5 && events.every(({ origin }) => typeof origin === 'string' && origin.length > 40));
  assert.deepEqual(new Set(opened), new Set([null]));
}
