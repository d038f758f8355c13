import { DAY_MS, HOUR_MS } from '#kernel/clock.ts';
import { prepared } from '#kernel/database/statement.ts';
import { everyTenant } from '#kernel/database/tenant.ts';
import type { ModuleKit } from '#kernel/module.ts';

const SWEEP_EVERY_MS = HOUR_MS;
const AT_ONCE = 2_000;

/**
 * How long what has expired is still kept: a family for a day, so that a late replay is told from an unknown token;
 * sessions and mailed tokens for a month, so that people can look back.
 */
const KEPT_MS: readonly { table: string; key: string; column: string; keptMs: number }[] = [
  { table: 'authorization_codes', key: 'code_hash', column: 'expires_at', keptMs: DAY_MS },
  { table: 'grants', key: 'id', column: 'expires_at', keptMs: DAY_MS },
  { table: 'one_time_tokens', key: 'token_hash', column: 'expires_at', keptMs: 30 * DAY_MS },
  { table: 'sessions', key: 'id', column: 'expires_at', keptMs: 30 * DAY_MS },
  { table: 'sign_in_attempts', key: 'login_index', column: 'updated_at', keptMs: DAY_MS },
  { table: 'signing_keys', key: 'id', column: 'expires_at', keptMs: DAY_MS },
];

const DELETIONS = KEPT_MS.map(({ table, key, column, keptMs }) => ({
  keptMs,
  remove: prepared(`delete from identity.${table} where ${key} in (
    select ${key} from identity.${table} where ${column} < $1 limit ${AT_ONCE})`),
}));

/** Removes what has expired long ago, a bounded number of rows at a time; what happened stays in the events. */
export interface Sweep {
  sweep(): Promise<void>;
  start(): void;
  stop(): void;
}

export function createSweep(kit: ModuleKit): Sweep {
  const { database, clock, log } = kit;
  let timer: NodeJS.Timeout | undefined;

  async function sweep(): Promise<void> {
    for (const { remove, keptMs } of DELETIONS) {
      const before = new Date(clock.nowMs() - keptMs).toISOString();
      // Each in its own transaction: no long locks.
      for (let removed = AT_ONCE; removed === AT_ONCE; ) {
        const [result] = await database.flight(everyTenant, [remove([before])]);
        removed = result?.rowCount ?? 0;
      }
    }
  }

  return {
    sweep,
    start() {
      const run = () => sweep().catch((error) => log.warn({ error }, 'Expired tokens could not be removed'));
      timer = setInterval(run, SWEEP_EVERY_MS);
      timer.unref();
    },
    stop: () => clearInterval(timer),
  };
}
