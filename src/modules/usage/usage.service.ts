import { DAY_MS, HOUR_MS } from '#kernel/clock.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { invalidField } from '#kernel/errors.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { KEPT_MS, type RequestCounter } from './request-counter.ts';
import { addCounts, noRequests, type RequestCounts } from './request-counts.ts';
import { hoursFind, toCounts } from './request-hours.store.ts';

export const INTERVALS = ['hour', 'day'] as const;
export type Interval = (typeof INTERVALS)[number];

export interface UsageQuery {
  /** ISO 8601 UTC; widened to whole intervals. The last 24 hours unless told. */
  from?: string;
  to?: string;
  interval: Interval;
  edition?: string;
}

export interface UsageReport {
  from: string;
  to: string;
  total: RequestCounts;
  /** Every interval in which there were requests, oldest first. */
  periods: ({ start: string } & RequestCounts)[];
}

const LONGEST_MS: Record<Interval, number> = { hour: 31 * DAY_MS, day: KEPT_MS };
const LENGTH_MS: Record<Interval, number> = { hour: HOUR_MS, day: DAY_MS };

export interface Usage extends Pick<RequestCounter, 'count'> {
  /** What this process counted a moment ago is in it, what others count follows within five seconds. Errors: `validation`. */
  report(tenant: Tenant, query: UsageQuery): Promise<UsageReport>;
}

export function createUsageService({ database, clock }: ModuleKit, counter: RequestCounter): Usage {
  return {
    count: counter.count,
    async report(tenant, query) {
      const { from, to } = rangeOf(query, clock.nowMs());
      await counter.flush();
      const span = { from: iso(from), to: iso(to), edition: query.edition ?? null };
      const rows = await database.read(tenant, hoursFind(tenant.orgId, tenant.livemode, span));
      const total = noRequests();
      const periods = new Map<number, RequestCounts>();
      for (const row of rows) {
        const start = beginningOf(Date.parse(row.hour), query.interval);
        const period = periods.get(start) ?? noRequests();
        periods.set(start, period);
        addCounts(period, toCounts(row));
        addCounts(total, toCounts(row));
      }
      return {
        from: span.from,
        to: span.to,
        total,
        periods: [...periods].map(([start, counts]) => ({ start: iso(start), ...counts })),
      };
    },
  };
}

/** Whole intervals around what was asked for. */
function rangeOf({ from, to, interval }: UsageQuery, nowMs: number): { from: number; to: number } {
  // Nothing is counted of tomorrow, and nothing kept of what is older.
  const end = Math.min(to === undefined ? nowMs : Date.parse(to), nowMs + DAY_MS);
  if (end < nowMs - KEPT_MS) {
    throw invalidField('to', 'too_small', `Metrics are kept for ${KEPT_MS / DAY_MS} days; ask for later ones.`);
  }
  const start = from === undefined ? end - DAY_MS : Date.parse(from);
  if (start >= end) throw invalidField('from', 'too_large', '`from` must be before `to`.');
  if (end - start > LONGEST_MS[interval]) {
    const days = LONGEST_MS[interval] / DAY_MS;
    const hint = interval === 'hour' ? '; ask by day for more' : '';
    throw invalidField('from', 'too_small', `By ${interval} at most ${days} days can be asked for at once${hint}.`);
  }
  return { from: beginningOf(start, interval), to: beginningOf(end - 1, interval) + LENGTH_MS[interval] };
}

function beginningOf(milliseconds: number, interval: Interval): number {
  return milliseconds - (milliseconds % LENGTH_MS[interval]);
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
