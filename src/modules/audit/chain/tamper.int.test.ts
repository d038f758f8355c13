import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { auditUnderTest } from '../audit-under-test.ts';
import { anchorFile, readAnchor } from './anchor.ts';
import { toBlock } from './blocks.store.ts';
import { type Block, blockHash } from './chain.ts';

const ENTRY_COLUMNS = `id, org_id, livemode, occurred_at, actor_kind, actor_id, user_id, platform, action, object_id, outcome,
  request_id, origin, event_id, event_type, detail`;

test('HIP-05 an untouched trail verifies, also while entries wait to be sealed', async (t) => {
  const at = await auditUnderTest(t);
  assert.deepEqual(await at.verify(), { difference: null, blocks: 0, entries: 0, unsealed: 0 });
  await at.sealed(12, 4);
  at.module.service.recordAccess(at.access());
  await at.module.recorder.flush();
  assert.deepEqual(await at.verify(), { difference: null, blocks: 3, entries: 12, unsealed: 1 });
});

test('HIP-05 a change of any column of any entry is found, with its place', async (t) => {
  const at = await auditUnderTest(t);
  await at.change('prd_changed');
  await at.deliver();
  await at.sealed(6, 3);
  const { rows: columns } = await at.superuser.query(
    `select column_name as name, data_type as type from information_schema.columns
      where table_schema = 'audit' and table_name = 'entries' and column_name not in ('position', 'transaction_id')`,
  );
  assert.equal(columns.length, 16);
  const { rows: entries } = await at.superuser.query(
    `select position, ${ENTRY_COLUMNS} from audit.entries where event_id is not null`,
  );
  const [{ position }] = entries;
  const others: Record<string, string> = {
    text: `coalesce(NAME, '') || 'x'`,
    boolean: 'not NAME',
    'timestamp with time zone': `NAME + interval '1 microsecond'`,
    bytea: `set_byte(NAME, 5, (get_byte(NAME, 5) + 1) % 256)`,
    jsonb: `NAME || '{"more": 1}'`,
  };
  for (const { name, type } of columns) {
    const other = others[type]!.replaceAll('NAME', name);
    await at.tamper(
      `create temp table kept as select * from audit.entries where position = ${position}`,
      `update audit.entries set ${name} = ${other} where position = ${position}`,
    );
    const { difference } = await at.verify();
    assert.equal(difference?.kind, 'changed', name);
    assert.equal(difference?.entry?.position, Number(position), name);
    await at.tamper(
      `update audit.entries as entry set ${name} = kept.${name} from kept where entry.position = kept.position`,
      'drop table kept',
    );
  }
  assert.equal((await at.verify()).difference, null, 'everything is as it was again');
});

test('HIP-05 null and empty text are told apart', async (t) => {
  const at = await auditUnderTest(t);
  await at.sealed(2, 2);
  await at.tamper(`update audit.entries set user_id = '' where user_id is null`);
  assert.equal((await at.verify()).difference?.kind, 'changed');
});

test('HIP-05 a removed entry is found, at the beginning, in the middle and at the end of a block', async (t) => {
  for (const index of [0, 4, 8]) {
    await t.test(`entry ${index}`, async (t) => {
      const at = await auditUnderTest(t);
      await at.sealed(9, 3);
      await at.tamper(
        `delete from audit.entries where position = (select position from audit.entries order by position offset ${index} limit 1)`,
      );
      const { difference } = await at.verify();
      assert.equal(difference?.kind, 'removed');
      assert.equal(difference?.block, Math.floor(index / 3) + 1);
    });
  }
});

test('HIP-05 two entries that changed places are found, in one block and over two', async (t) => {
  for (const [one, other] of [
    [1, 2],
    [0, 2],
    [1, 4],
  ] as const) {
    await t.test(`entries ${one} and ${other}`, async (t) => {
      const at = await auditUnderTest(t);
      await at.sealed(6, 3);
      const { rows } = await at.superuser.query(
        'select transaction_id, position from audit.entries order by transaction_id, position',
      );
      const [left, right] = [rows[one], rows[other]];
      const move = (from: typeof left, to: typeof left, position = to.position) =>
        `update audit.entries set transaction_id = '${to.transaction_id}', position = ${position} where position = ${from.position}`;
      await at.tamper(
        'alter table audit.entries alter position drop identity',
        move(left, right, -1),
        move(right, left),
        `update audit.entries set position = ${right.position} where position = -1`,
      );
      const { difference } = await at.verify();
      assert.ok(difference, 'found');
      assert.equal(difference.kind, one === 1 && other === 4 ? 'changed' : 'reordered');
      assert.equal(difference.block, 1);
    });
  }
});

test('HIP-05 an entry put before, between or behind sealed ones is found', async (t) => {
  for (const [offset, block] of [
    [-1_000, 1],
    [1_000, 2],
  ] as const) {
    const at = await auditUnderTest(t);
    await at.sealed(6, 3);
    await at.tamper(
      'alter table audit.entries alter position drop identity',
      `insert into audit.entries (position, transaction_id, ${ENTRY_COLUMNS})
        select position + ${offset}, transaction_id, ${ENTRY_COLUMNS.replace('id,', "'aud_forged',")}
        from audit.entries order by position limit 1`,
    );
    const { difference } = await at.verify();
    assert.deepEqual([difference?.kind, difference?.block], ['inserted', block]);
  }
});

test('HIP-05 a trail whose end was cut off, with or without its entries, is found', async (t) => {
  const at = await auditUnderTest(t);
  await at.sealed(9, 3);
  await at.tamper('delete from audit.blocks where number = 3');
  assert.equal((await at.verify()).difference?.kind, 'truncated');
  await at.tamper('delete from audit.entries where position > 6');
  const { difference } = await at.verify();
  assert.deepEqual([difference?.kind, difference?.block], ['truncated', 3]);
  await at.tamper('delete from audit.blocks', 'delete from audit.entries');
  assert.equal((await at.verify()).difference?.kind, 'truncated');
});

test('HIP-05 a sealer does not build on a trail that was cut off, neither running nor after a restart', async (t) => {
  const at = await auditUnderTest(t);
  await at.sealed(9, 3);
  await at.tamper('delete from audit.blocks where number = 3');
  at.module.service.recordAccess(at.access());
  await at.module.recorder.flush();
  await assert.rejects(at.module.sealer.sealDue(), /ends at block 2/);
  await assert.rejects(at.create().sealer.sealDue(), /ends at block 2/);
  assert.equal(readAnchor(anchorFile(at.dataDirectory), at.key)!['number' as never], 3);
});

test('HIP-05 a block removed from the middle or forged without the key is found', async (t) => {
  const at = await auditUnderTest(t);
  await at.sealed(9, 3);
  const { rows } = await at.superuser.query('select * from audit.blocks order by number');
  const blocks = rows.map(toBlock);
  const forgedKey = createSecretKey(randomBytes(32));
  const store = (block: Block) =>
    `update audit.blocks set digests = '\\x${block.digests.toString('hex')}', hash = '\\x${block.hash.toString('hex')}',
      previous_hash = '\\x${block.previousHash.toString('hex')}' where number = ${block.number}`;
  const forged = { ...blocks[2]!, hash: blockHash(forgedKey, blocks[2]!) };
  await at.tamper(store(forged));
  assert.deepEqual([(await at.verify()).difference?.kind, (await at.verify()).difference?.block], ['changed', 3]);
  await at.tamper(store(blocks[2]!));
  // An entry is changed and its digest in the block with it: the hash does not fit any more.
  const digests = Buffer.from(blocks[1]!.digests);
  digests[0]! ^= 1;
  await at.tamper(store({ ...blocks[1]!, digests }));
  assert.deepEqual([(await at.verify()).difference?.kind, (await at.verify()).difference?.block], ['changed', 2]);
  await at.tamper(store(blocks[1]!), 'delete from audit.blocks where number = 2');
  assert.deepEqual([(await at.verify()).difference?.kind, (await at.verify()).difference?.block], ['removed', 2]);
});

test('HIP-05 with the keyring of another installation nothing verifies', async (t) => {
  const at = await auditUnderTest(t);
  await at.sealed(3, 3);
  assert.equal((await at.verify(createSecretKey(randomBytes(32)))).difference?.kind, 'changed');
});

test('entries and blocks cannot be changed by the module, nor by the owner without taking the trigger away', async (t) => {
  const at = await auditUnderTest(t);
  await at.sealed(3, 3);
  for (const table of ['audit.entries', 'audit.blocks']) {
    const column = table === 'audit.entries' ? 'outcome' : 'number';
    for (const text of [`update ${table} set ${column} = ${column}`, `delete from ${table}`, `truncate ${table}`]) {
      await assert.rejects(at.superuser.query(text), { code: 'TC001' }, text);
      const change = { text, values: [] };
      await assert.rejects(at.kit.database.flight({ orgId: '*', livemode: true }, [change]), { code: '42501' }, text);
    }
  }
});

test('several sealers take turns and no entry is sealed twice or left out', async (t) => {
  const at = await auditUnderTest(t);
  const others = [at.create(), at.create()];
  for (let round = 0; round < 8; round++) {
    for (let index = 0; index < 20; index++) at.module.service.recordAccess(at.access());
    await Promise.all([
      at.module.recorder.flush(),
      at.module.sealer.sealDue(),
      ...others.map((other) => other.sealer.sealDue()),
    ]);
  }
  await at.everybodyCommitted();
  await at.module.sealer.sealDue();
  const { difference, entries, unsealed } = await at.verify();
  assert.deepEqual([difference, entries, unsealed], [null, 160, 0]);
});

test('an entry of a transaction that commits late is sealed in its place', async (t) => {
  const at = await auditUnderTest(t);
  await at.sealed(3, 3);
  await at.superuser.query('begin');
  await at.superuser.query(
    `insert into audit.entries (${ENTRY_COLUMNS}) select ${ENTRY_COLUMNS.replace('id,', "'aud_late',")} from audit.entries limit 1`,
  );
  for (let index = 0; index < 3; index++) at.module.service.recordAccess(at.access());
  await at.module.recorder.flush();
  await at.module.sealer.sealDue();
  assert.equal((await at.verify()).unsealed, 3, 'what comes behind the open transaction waits');
  await at.superuser.query('commit');
  await at.everybodyCommitted();
  await at.module.sealer.sealDue();
  assert.deepEqual(await at.verify(), { difference: null, blocks: 2, entries: 7, unsealed: 0 });
});

test('without the anchor the chain still verifies, but its end is nobody’s word', async (t) => {
  const at = await auditUnderTest(t);
  await at.sealed(6, 3);
  rmSync(anchorFile(at.dataDirectory));
  assert.equal((await at.verify()).difference, null);
});
