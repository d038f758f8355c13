import type { Row } from '#kernel/database/connection.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { RequestCounts } from './request-counts.ts';

/** The counts of one organisation, mode and edition in one hour (ISO 8601 UTC). */
export interface RequestHour extends RequestCounts {
  orgId: string;
  livemode: boolean;
  edition: string;
  hour: string;
}

const add = prepared(`insert into usage.request_hours as known
  (org_id, livemode, edition, hour, requests, client_errors, server_errors, refused, peak_used, peak_limit, latencies)
  select * from json_to_recordset($1::json) as counted("orgId" text, livemode boolean, edition text, hour timestamptz,
    requests bigint, "clientErrors" bigint, "serverErrors" bigint, refused bigint, "peakUsed" bigint, "peakLimit" bigint,
    latencies bigint[])
  on conflict (org_id, livemode, hour, edition) do update set
    requests = known.requests + excluded.requests,
    client_errors = known.client_errors + excluded.client_errors,
    server_errors = known.server_errors + excluded.server_errors,
    refused = known.refused + excluded.refused,
    (peak_used, peak_limit) = (select peak_used, peak_limit from (values (known.peak_used, known.peak_limit),
      (excluded.peak_used, excluded.peak_limit)) as peaks(peak_used, peak_limit)
      order by peaks.peak_used::numeric / peaks.peak_limit desc limit 1),
    latencies = (select array_agg(before + more order by bucket)
      from unnest(known.latencies, excluded.latencies) with ordinality as sums(before, more, bucket))`);
const find = prepared(`select edition, hour, requests, client_errors, server_errors, refused, peak_used, peak_limit,
    to_json(latencies) as latencies from usage.request_hours
  where org_id = $1 and livemode = $2 and hour >= $3 and hour < $4 and ($5::text is null or edition = $5) order by hour`);
const forget = prepared('delete from usage.request_hours where hour < $1');

export function hoursAdd(hours: readonly RequestHour[]): Statement {
  return add([JSON.stringify(hours)]);
}

export function hoursFind(
  orgId: string,
  livemode: boolean,
  { from, to, edition }: { from: string; to: string; edition: string | null },
): Statement {
  return find([orgId, livemode, from, to, edition]);
}

export function hoursForget(before: string): Statement {
  return forget([before]);
}

export function toCounts(row: Row): RequestCounts {
  return {
    requests: row.requests,
    clientErrors: row.client_errors,
    serverErrors: row.server_errors,
    refused: row.refused,
    peakUsed: row.peak_used,
    peakLimit: row.peak_limit,
    latencies: row.latencies,
  };
}
