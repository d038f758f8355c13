import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import pg from 'pg';
import type { Keyring } from '#kernel/crypto/keyring.ts';
import { openKeyring } from '#kernel/crypto/keyring.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { newId } from '#kernel/ids.ts';
import { catalogSchema } from '#modules/catalog/index.ts';
import { identitySchema } from '#modules/identity/index.ts';
import { testContext, testKits, testTenant } from '#test/support/module.ts';
import { type AccessEntry, anchorFile, auditSchema, chainKey, createAudit, readAnchor, verifyTrail } from './index.ts';

/** The module on a real database beside one module whose events it reads. */
export async function auditUnderTest(t: TestContext) {
  const kits = await testKits([identitySchema, catalogSchema, auditSchema]);
  const dataDirectory = mkdtempSync(join(tmpdir(), 'techcorp-audit-'));
  const keyring: Keyring = openKeyring({ file: join(dataDirectory, 'keyring.json') });
  const key = chainKey(keyring);
  const kit = kits.kit('audit');
  const create = () => createAudit(kit, { key, dataDirectory });
  const module = create();
  const tenant = testTenant();
  const superuser = new pg.Client(kits.database.connection);
  await superuser.connect();
  t.after(async () => {
    await superuser.end();
    await kits.close();
    rmSync(dataDirectory, { recursive: true, force: true });
  });
  const access = (entry: Partial<AccessEntry> = {}) => accessOf(tenant, kits.clock.nowMs(), entry);

  return {
    ...kits,
    kit,
    key,
    keyring,
    dataDirectory,
    module,
    /** Another instance on the same data, as after a restart. */
    create,
    tenant,
    superuser,
    access,
    /** Commits an event of the other module with this context. */
    async change(objectId: string, context = testContext(tenant, { operation: 'products.update' }), version = 1) {
      const event = { type: 'product.updated', streamId: objectId, streamVersion: version, data: {} };
      await kits.kit('catalog').writes.store(context, { statements: [], events: [event], result: null });
      return context;
    },
    deliver: (instance = module) => kits.deliver(instance.consumers!),
    /** Writes and seals so many accesses, `perBlock` in each block. */
    async sealed(entries: number, perBlock: number): Promise<void> {
      for (let made = 0; made < entries; made += perBlock) {
        for (let index = 0; index < perBlock; index++) module.service.recordAccess(access());
        await module.recorder.flush();
        await everybodyCommitted(superuser);
        await module.sealer.sealDue();
      }
    },
    everybodyCommitted: () => everybodyCommitted(superuser),
    async list(filter = {}, of: Tenant = tenant) {
      await module.recorder.flush();
      return (await module.service.listEntries(of, filter, { limit: 100 })).items;
    },
    async verify(withKey = key) {
      const anchor = readAnchor(anchorFile(dataDirectory), key);
      if (anchor === 'damaged') throw new Error('The anchor is damaged');
      const client = new pg.Client(kits.database.connection);
      await client.connect();
      try {
        return await verifyTrail(client, { key: withKey, anchor });
      } finally {
        await client.end();
      }
    },
    /** What somebody with every right on the database can do. */
    async tamper(...statements: string[]): Promise<void> {
      await superuser.query("set session_replication_role = 'replica'");
      for (const text of statements) await superuser.query(text);
      await superuser.query("set session_replication_role = 'origin'");
    },
  };
}

/**
 * Waits until no older transaction of the server is open. Sealing leaves out what one could still get in front of, and
 * the test files of a run share one server.
 */
async function everybodyCommitted(client: pg.Client): Promise<void> {
  const text = 'select 1 from audit.entries where transaction_id >= pg_snapshot_xmin(pg_current_snapshot()) limit 1';
  while ((await client.query(text)).rowCount) await new Promise((resolve) => setTimeout(resolve, 5));
}

let made = 0;

/** An access to an object of its own. */
function accessOf(tenant: Tenant, occurredAtMs: number, entry: Partial<AccessEntry>): AccessEntry {
  return {
    orgId: tenant.orgId,
    livemode: true,
    occurredAtMs,
    actor: { kind: 'client', id: 'cli_1' },
    platform: false,
    action: 'products.get',
    objectId: `prd_${++made}`,
    outcome: 'success',
    requestId: newId('req'),
    ipAddress: '203.0.113.7',
    userAgent: 'test/1',
    ...entry,
  };
}
