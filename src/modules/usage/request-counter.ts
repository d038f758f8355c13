import { DAY_MS, HOUR_MS, SECOND_MS } from '#kernel/clock.ts';
import { everyTenant } from '#kernel/database/tenant.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { addCounts, type CountedRequest, countRequest, noRequests } from './request-counts.ts';
import { hoursAdd, hoursForget, type RequestHour } from './request-hours.store.ts';

/** How long counts are kept, and so how far back one can ask. */
export const KEPT_MS = 400 * DAY_MS;
const FLUSH_EVERY_MS = 5 * SECOND_MS;

/** Counts requests in memory and adds them to the table in batches, never on the way of a request. */
export interface RequestCounter {
  count(request: CountedRequest): void;
  /** Writes what was counted; what cannot be written waits. A kill of the process loses the last five seconds at most. */
  flush(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

export function createRequestCounter({ database, clock, log }: ModuleKit): RequestCounter {
  let hours = new Map<string, RequestHour>();
  let forgotAtMs = Number.NEGATIVE_INFINITY;
  let writing: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  async function write(): Promise<void> {
    const batch = hours;
    hours = new Map();
    try {
      if (batch.size > 0) await database.flight(everyTenant, [hoursAdd([...batch.values()])]);
    } catch (error) {
      for (const [key, counts] of batch) putBack(key, counts);
      throw error;
    }
    await forgetOld();
  }

  function putBack(key: string, counts: RequestHour): void {
    const since = hours.get(key);
    if (since) addCounts(since, counts);
    else hours.set(key, counts);
  }

  async function forgetOld(): Promise<void> {
    const nowMs = clock.nowMs();
    if (nowMs - forgotAtMs < DAY_MS) return;
    await database.flight(everyTenant, [hoursForget(new Date(nowMs - KEPT_MS).toISOString())]);
    forgotAtMs = nowMs;
  }

  /** One batch after the other, so that whoever waits for the last one has waited for all. */
  function flush(): Promise<void> {
    const written = writing.then(write);
    writing = written.catch(() => undefined);
    return written;
  }

  return {
    count(request) {
      const nowMs = clock.nowMs();
      const hour = nowMs - (nowMs % HOUR_MS);
      const { orgId, livemode, edition } = request;
      const key = `${edition}|${livemode}|${orgId}|${hour}`;
      let counts = hours.get(key);
      if (!counts) {
        counts = { orgId, livemode, edition, hour: new Date(hour).toISOString(), ...noRequests() };
        hours.set(key, counts);
      }
      countRequest(counts, request);
    },
    flush,
    start() {
      const flushQuietly = () =>
        flush().catch((error) => log.warn({ error }, 'The counts of requests could not be written'));
      timer = setInterval(flushQuietly, FLUSH_EVERY_MS);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}
