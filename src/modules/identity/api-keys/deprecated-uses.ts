import { prepared } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { Principal } from '#kernel/http/principal.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { MailMessages } from '../mail/messages.ts';
import { mailJob } from '../mail/outgoing-mail.ts';
import { machineryContext } from '../platform.ts';
import { keyFind } from './api-keys.store.ts';
import { ownersOf } from './owners.ts';

/** An operation that will go, as its users are told. */
export interface EndingOperation {
  /** Method and path, as its contract spells them. */
  name: string;
  /** A day. */
  sunset: string;
  /** Where to read on. */
  guide: string;
}

/** How often a key used an operation that will go. Instants are ISO 8601. */
export interface DeprecatedUse {
  operation: string;
  requests: number;
  firstUsedAt: string;
  lastUsedAt: string;
}

/** Who still uses what will go (G-58). */
export interface DeprecatedUses {
  /** Counts a request; never waits and never fails. The owner of a key gets one mail for each operation (G-59). */
  noteDeprecatedUse(principal: Principal, operation: EndingOperation): void;
  deprecatedUsesOf(scope: Scope, keyId: string): Promise<DeprecatedUse[]>;
}

const count = prepared(`insert into identity.api_key_deprecated_uses as used
    (key_id, org_id, livemode, operation, first_used_at, last_used_at, requests) values ($1, $2, $3, $4, $5, $5, $6)
  on conflict (key_id, operation) do update
    set requests = used.requests + excluded.requests, last_used_at = excluded.last_used_at
  returning requests = $6 and first_used_at = $5 as is_first`);
const select = prepared(`select operation, requests, first_used_at, last_used_at
  from identity.api_key_deprecated_uses where key_id = $1 order by operation`);

interface Counted {
  tenant: Tenant;
  operation: EndingOperation;
  requests: number;
}

export function createDeprecatedUses(kit: ModuleKit, messages: MailMessages): DeprecatedUses {
  const { database, writes, clock, log, sealing } = kit;
  const counted = new Map<string, Counted>();
  let writing: Promise<void> = Promise.resolve();

  async function store(keyId: string, { tenant, operation, requests }: Counted): Promise<void> {
    await writes.run(machineryContext('identity.deprecated-uses', tenant), async (tx) => {
      const { orgId, livemode } = tenant;
      const now = clock.now().toISOString();
      const [row] = await tx.query(count([keyId, orgId, livemode, operation.name, now, requests]));
      if (!row?.is_first) return null;
      const key = await keyFind(database, tenant, keyId);
      const owners = key ? await ownersOf(kit, tenant, key) : [];
      tx.enqueue(
        ...owners.map(({ email, name }) =>
          mailJob(sealing, tenant, messages.operationEnds(email, name, key!.name, operation)),
        ),
      );
      return null;
    });
  }

  /** What was counted while the last write ran goes with the next: one row per key and operation, not per request. */
  async function flush(): Promise<void> {
    const batch = [...counted];
    counted.clear();
    for (const [name, use] of batch) {
      const keyId = name.slice(0, name.indexOf(' '));
      await store(keyId, use).catch((error) => log.warn({ error }, 'The use of an operation that ends was not noted'));
    }
  }

  return {
    noteDeprecatedUse({ actor, credentialId, organizationId, livemode }, operation) {
      // Programs with OAuth clients read the headers; only keys have somebody to write to.
      if (!credentialId.startsWith('key_') || organizationId === null || actor.kind === 'client') return;
      const name = `${credentialId} ${operation.name}`;
      const known = counted.get(name);
      if (known) {
        known.requests++;
        return;
      }
      counted.set(name, { tenant: { orgId: organizationId, livemode }, operation, requests: 1 });
      writing = writing.then(flush);
    },

    async deprecatedUsesOf(scope, keyId) {
      await writing;
      const rows = await database.read(scope, select([keyId]));
      return rows.map((row) => ({
        operation: row.operation,
        requests: row.requests,
        firstUsedAt: row.first_used_at,
        lastUsedAt: row.last_used_at,
      }));
    },
  };
}
