import { bucketOf, LATENCY_BUCKETS } from './latency-buckets.ts';

/** A request as it ended. */
export interface CountedRequest {
  orgId: string;
  livemode: boolean;
  /** Which contract it came through: `canonical`, or the name of another edition. */
  edition: string;
  /** `refused` is a caller's error too: one over a rate limit. */
  outcome: 'success' | 'client_error' | 'server_error' | 'refused';
  durationMs: number;
  /** How full the rate limit that came nearest to its end was, this request included. */
  limit: { used: number; of: number } | null;
}

/** What is counted of requests; sums of it are of the same form. */
export interface RequestCounts {
  requests: number;
  /** What the caller did wrong, requests over a limit included. */
  clientErrors: number;
  /** What went wrong on our side. */
  serverErrors: number;
  /** Requests over a rate limit. */
  refused: number;
  peakUsed: number;
  peakLimit: number;
  /** By `bucketOf`. */
  latencies: number[];
}

export function noRequests(): RequestCounts {
  return {
    requests: 0,
    clientErrors: 0,
    serverErrors: 0,
    refused: 0,
    peakUsed: 0,
    peakLimit: 1,
    latencies: new Array<number>(LATENCY_BUCKETS).fill(0),
  };
}

export function countRequest(counts: RequestCounts, { outcome, durationMs, limit }: CountedRequest): void {
  counts.requests += 1;
  if (outcome === 'server_error') counts.serverErrors += 1;
  else if (outcome !== 'success') counts.clientErrors += 1;
  if (outcome === 'refused') counts.refused += 1;
  counts.latencies[bucketOf(durationMs)]! += 1;
  if (limit) notePeak(counts, limit.used, limit.of);
}

/** Adds `more` to `sum`. */
export function addCounts(sum: RequestCounts, more: RequestCounts): void {
  sum.requests += more.requests;
  sum.clientErrors += more.clientErrors;
  sum.serverErrors += more.serverErrors;
  sum.refused += more.refused;
  notePeak(sum, more.peakUsed, more.peakLimit);
  for (const [bucket, count] of more.latencies.entries()) sum.latencies[bucket]! += count;
}

function notePeak(counts: RequestCounts, used: number, limit: number): void {
  if (used * counts.peakLimit <= counts.peakUsed * limit) return;
  counts.peakUsed = used;
  counts.peakLimit = limit;
}
