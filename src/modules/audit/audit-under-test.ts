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
import { testContext, testKits, testTenant } from '#test/support/module.ts';
import { type AccessEntry, anchorFile, auditSchema, chainKey, createAudit, readAnchor, verifyTrail } from './index.ts';

/** The module on a real database beside one module whose events it reads. */
export async function auditUnderTest(t: TestContext) {
  const kits = await testKits([catalogSchema, auditSchema]);
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
  let count = 0;

  function access(entry: Partial<AccessEntry> = {}): AccessEntry {
    return {
      orgId: tenant.orgId,
      livemode: true,
      occurredAtMs: kits.clock.nowMs(),
      actor: { kind: 'client', id: 'cli_1' },
      platform: false,
      action: 'products.get',
      objectId: `prd_${++count}`,
      outcome: 'success',
      requestId: newId('req'),
      ipAddress: '203.0.113.7',
      userAgent: 'test/1',
      ...entry,
    };
  }

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
        await module.sealer.sealDue();
      }
    },
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
