import type { SchemaSource } from '#kernel/database/migrations.ts';
import type { Module, ModuleKit } from '#kernel/module.ts';
import { createRequestCounter } from './request-counter.ts';
import { createUsageService, type Usage } from './usage.service.ts';

export { percentileOf } from './latency-buckets.ts';
export type { CountedRequest, RequestCounts } from './request-counts.ts';
export { INTERVALS, type Usage, type UsageReport } from './usage.service.ts';

export const usageSchema: SchemaSource = {
  schema: 'usage',
  directory: new URL('./migrations/', import.meta.url),
  personalData: {},
};

export function createUsage(kit: ModuleKit): Module<Usage> {
  const counter = createRequestCounter(kit);
  return { service: createUsageService(kit, counter), start: counter.start, stop: counter.stop };
}
