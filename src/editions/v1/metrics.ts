import { Type } from 'typebox';
import { isSingle } from '#kernel/database/tenant.ts';
import { DomainError, invalidField } from '#kernel/errors.ts';
import { enumOf, object, optional, timestamp, withDefault } from '#kernel/http/fields.ts';
import { type Operation, operation } from '#kernel/http/operation.ts';
import { orNull, Timestamp } from '#kernel/http/shapes.ts';
import type { KeyPrincipal } from '#modules/identity/index.ts';
import { INTERVALS, percentileOf, type RequestCounts, type Usage } from '#modules/usage/index.ts';
import { okData, single } from './common/envelope.ts';

const MetricsQuery = object({
  from: optional(timestamp({ description: 'Widened to whole intervals; 24 hours before `to` unless given.' })),
  to: optional(timestamp({ description: 'Now unless given.' })),
  interval: withDefault(enumOf(INTERVALS, { description: 'By hour at most 31 days, by day 400.' }), 'hour'),
  edition: optional(enumOf(['canonical', 'v1', 'v2'], { description: 'Requests of this edition alone.' })),
});

const Count = Type.Integer({ minimum: 0 });
const Share = Type.Number({ minimum: 0, maximum: 1 });
const Milliseconds = orNull(Type.Number({ description: 'In milliseconds, at most 9 % above the true value.' }));
const Counts = {
  requests: Count,
  errors: Type.Object({
    client: Type.Integer({ minimum: 0, description: 'Answers from 400 to 499.' }),
    server: Type.Integer({ minimum: 0, description: 'Answers from 500 on.' }),
    client_rate: Share,
    server_rate: Share,
  }),
  latency: Type.Object({ p50: Milliseconds, p90: Milliseconds, p95: Milliseconds, p99: Milliseconds }),
  rate_limit: Type.Object({
    peak_used: Type.Integer({ minimum: 0, description: 'Requests in the limit that was nearest to its end.' }),
    peak_limit: Type.Integer({ minimum: 1 }),
    peak_share: Share,
    refused: Type.Integer({ minimum: 0, description: 'Answers 429.' }),
  }),
};
const MetricsView = Type.Object(
  {
    from: Timestamp,
    to: Timestamp,
    interval: Type.Enum([...INTERVALS]),
    total: Type.Object(Counts),
    periods: Type.Array(Type.Object({ start: Timestamp, ...Counts }), {
      description: 'Each interval with requests, oldest first.',
    }),
  },
  { $id: 'Metrics' },
);

function countsView(counts: RequestCounts) {
  const { requests, clientErrors, serverErrors, refused, peakUsed, peakLimit, latencies } = counts;
  const rate = (part: number) => (requests === 0 ? 0 : part / requests);
  return {
    requests,
    errors: {
      client: clientErrors,
      server: serverErrors,
      client_rate: rate(clientErrors),
      server_rate: rate(serverErrors),
    },
    latency: {
      p50: percentileOf(latencies, 0.5),
      p90: percentileOf(latencies, 0.9),
      p95: percentileOf(latencies, 0.95),
      p99: percentileOf(latencies, 0.99),
    },
    rate_limit: {
      peak_used: peakUsed,
      peak_limit: peakLimit,
      peak_share: Math.min(1, peakUsed / peakLimit),
      refused,
    },
  };
}

/** /v1/metrics: how an enterprise uses the API (V1-115..118). */
export function metricsOperation(usage: Usage): Operation {
  return operation({
    id: 'v1.metrics.get',
    method: 'GET',
    path: '/v1/metrics',
    summary: 'Metrics of your requests',
    description:
      'How many requests all credentials of your organisation sent, how many failed, how long they took and how near ' +
      'they came to their rate limits. For organisations on the enterprise plan; live and test keys see their own requests.',
    access: { scope: 'organizations:read' },
    query: MetricsQuery,
    responses: { 200: { description: 'The metrics.', schema: single(MetricsView) } },
    errors: ['validation'],
    async handle({ principal, tenant, query }) {
      if ((principal as KeyPrincipal).key.plan !== 'enterprise') {
        throw new DomainError('forbidden', 'Metrics are part of the enterprise plan; ask support to change your plan.');
      }
      if (!isSingle(tenant)) {
        throw invalidField('X-Organization-Id', 'required', 'Name the organisation whose metrics you want.');
      }
      const { from, to, total, periods } = await usage.report(tenant, query);
      return okData({
        from,
        to,
        interval: query.interval,
        total: countsView(total),
        periods: periods.map(({ start, ...counts }) => ({ start, ...countsView(counts) })),
      });
    },
  });
}
