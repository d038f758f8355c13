import { DAY_MS, SECOND_MS } from '#kernel/clock.ts';
import { insertMany, prepared } from '#kernel/database/statement.ts';
import { everyTenant } from '#kernel/database/tenant.ts';
import type { Principal } from '#kernel/http/principal.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { PLATFORM_ORGANIZATION } from '../platform.ts';

/** How many counted keys are kept before they are written out of turn. */
const FLUSH_AT_KEYS = 1_000;
const FLUSH_EVERY_MS = 5 * SECOND_MS;

/** When and how often keys are used: counted in memory, written in batches, never on the way of a request. */
export interface KeyUsage {
  count(principal: Principal, nowMs: number): void;
  /** Writes what was counted; a crash loses at most the counts of the last five seconds. */
  flush(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

interface Counted {
  orgId: string;
  livemode: boolean;
  requests: number;
  lastUsedMs: number;
}

const touch = prepared(`update identity.api_keys k set last_used_at = greatest(k.last_used_at, used.at)
  from unnest($1::text[], $2::timestamptz[]) as used (id, at) where k.id = used.id`);
const addUsage = insertMany(
  'identity.api_key_usage',
  { key_id: 'text', org_id: 'text', livemode: 'boolean', day: 'date', requests: 'bigint' },
  'on conflict (key_id, day) do update set requests = api_key_usage.requests + excluded.requests',
);

export function createKeyUsage(kit: ModuleKit): KeyUsage {
  const { database, log } = kit;
  let counted = new Map<string, Counted>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  /** One batch after the other, so that whoever waits for the last one has waited for all. */
  function flush(): Promise<void> {
    if (counted.size === 0) return writing.then(() => undefined);
    const batch = counted;
    counted = new Map();
    const written = writing.then(() => write(batch));
    writing = written.catch(() => undefined);
    return written;
  }

  async function write(batch: ReadonlyMap<string, Counted>): Promise<void> {
    const ids = [...batch.keys()];
    const uses = [...batch.values()];
    const rows = ids.map((id, index) => ({
      key_id: id,
      org_id: uses[index]!.orgId,
      livemode: uses[index]!.livemode,
      day: new Date(uses[index]!.lastUsedMs).toISOString().slice(0, 10),
      requests: uses[index]!.requests,
    }));
    const lastUsed = uses.map((use) => new Date(use.lastUsedMs).toISOString());
    await database.flight(everyTenant, [touch([ids, lastUsed]), addUsage(rows)]);
  }

  function flushQuietly(): void {
    flush().catch((error) => log.warn({ error }, 'The usage of API keys could not be written'));
  }

  return {
    count(principal, nowMs) {
      const id = principal.actor.id;
      const use = counted.get(id);
      if (use && Math.floor(use.lastUsedMs / DAY_MS) === Math.floor(nowMs / DAY_MS)) {
        use.requests++;
        use.lastUsedMs = nowMs;
        return;
      }
      // A new day begins: what was counted belongs to the old one.
      if (use) flushQuietly();
      const { organizationId, livemode } = principal;
      counted.set(id, { orgId: organizationId ?? PLATFORM_ORGANIZATION, livemode, requests: 1, lastUsedMs: nowMs });
      if (counted.size >= FLUSH_AT_KEYS) flushQuietly();
    },
    flush,
    start() {
      timer = setInterval(flushQuietly, FLUSH_EVERY_MS);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}
