import type { Row } from '#kernel/database/connection.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { EventId, WebhookId } from '#kernel/ids.ts';
import type { Attempt, DeliveryId, DeliveryKind } from './delivery.ts';

/** A delivery that is ours to send until its lease ends. */
export interface ClaimedDelivery {
  id: DeliveryId;
  tenant: Tenant;
  webhookId: WebhookId;
  kind: DeliveryKind;
  ordered: boolean;
  attemptCount: number;
  /** The fence: a record is only taken from the claimer of this number. */
  claim: number;
  messageId: EventId;
  traceparent: string;
  body: string;
  /** Of the endpoint. */
  contract: string;
  url: string;
  /** Sealed. */
  secret: Buffer;
  previousSecret: Buffer | null;
  previousSecretUntil: string | null;
  isFailing: boolean;
}

export interface ClaimRequest {
  now: string;
  leaseUntil: string;
  /** Endpoints whose lanes are full. */
  fullLanes: readonly string[];
  perLane: number;
  /** What one organisation may have out at the same time, and what each has out already. */
  perOrganization: number;
  running: ReadonlyMap<string, number>;
  room: number;
}

/**
 * Takes due deliveries, the longest due first, a few per endpoint and not too many per organisation. It walks the endpoints that have pending deliveries by
 * hopping over the index, so that ten thousand waiting deliveries of one endpoint cost no more than one.
 */
const claim = prepared(`with recursive lanes as (
    (select webhook_id from webhooks.deliveries where status = 'pending' order by webhook_id limit 1)
    union all
    select (select following.webhook_id from webhooks.deliveries as following
      where following.status = 'pending' and following.webhook_id > lanes.webhook_id
      order by following.webhook_id limit 1)
    from lanes where lanes.webhook_id is not null),
  due as (
    select candidate.id, candidate.next_attempt_at, endpoint.org_id,
      row_number() over (partition by endpoint.org_id order by candidate.next_attempt_at) as place
    from lanes
      join webhooks.endpoints as endpoint on endpoint.id = lanes.webhook_id and endpoint.deleted_at is null
      cross join lateral (
        select delivery.id, delivery.next_attempt_at from webhooks.deliveries as delivery
        where delivery.webhook_id = lanes.webhook_id and delivery.status = 'pending'
          and delivery.next_attempt_at <= $1::timestamptz and (not endpoint.paused or delivery.kind = 'test')
          and (not delivery.ordered or not exists (
            select from webhooks.deliveries as earlier
            where earlier.webhook_id = delivery.webhook_id and earlier.object_id = delivery.object_id
              and earlier.status = 'pending' and earlier.ordered
              and (earlier.sequence, earlier.id) < (delivery.sequence, delivery.id)))
        order by delivery.next_attempt_at limit $4::int) as candidate
    where lanes.webhook_id <> all($3::text[])),
  fair as (
    select due.id from due left join unnest($7::text[], $8::int[]) as running (org_id, count) using (org_id)
    where due.place <= $6::int - coalesce(running.count, 0)
    order by due.next_attempt_at limit $5::int),
  locked as (
    select id from webhooks.deliveries
    where id in (select id from fair) and status = 'pending' and next_attempt_at <= $1::timestamptz
    for update skip locked),
  claimed as (
    update webhooks.deliveries as delivery set next_attempt_at = $2::timestamptz, claims = claims + 1
    from locked where delivery.id = locked.id
    returning delivery.id, delivery.org_id, delivery.livemode, delivery.webhook_id, delivery.message_id, delivery.kind,
      delivery.ordered, delivery.attempt_count, delivery.claims)
  select claimed.*, message.traceparent, message.body, endpoint.contract, endpoint.url, endpoint.secret, endpoint.previous_secret,
    endpoint.previous_secret_until, endpoint.failing_since is not null as is_failing
  from claimed
    join webhooks.messages as message on message.id = claimed.message_id
    join webhooks.endpoints as endpoint on endpoint.id = claimed.webhook_id
  order by claimed.id`);

const finish = prepared(`update webhooks.deliveries set status = $3, attempt_count = attempt_count + 1,
    attempts = attempts || $4::jsonb, next_attempt_at = null, completed_at = $5
  where id = $1 and claims = $2 and status = 'pending' returning id`);
const postpone = prepared(`update webhooks.deliveries set attempt_count = attempt_count + 1,
    attempts = attempts || $3::jsonb, next_attempt_at = $4
  where id = $1 and claims = $2 and status = 'pending' returning id`);

// A claim that was never recorded; a planned retry that comes early is the price of a lease lost before.
const release = prepared(`update webhooks.deliveries set next_attempt_at = $1
  where status = 'pending' and claims > attempt_count and next_attempt_at > $1 and next_attempt_at <= $2`);

/** Makes due at once what a dead process had taken; for the only process on the data, before it claims anything. */
export function queueRelease(now: string, leaseUntil: string): Statement {
  return release([now, leaseUntil]);
}

export function queueClaim(request: ClaimRequest): Statement {
  const { now, leaseUntil, fullLanes, perLane, perOrganization, running, room } = request;
  const counted = [[...running.keys()], [...running.values()]];
  return claim([now, leaseUntil, fullLanes, perLane, room, perOrganization, ...counted]);
}

/** Records the last attempt of a delivery; no row comes back when the lease was lost meanwhile. */
export function queueFinish(
  delivery: ClaimedDelivery,
  status: 'succeeded' | 'failed',
  attempt: Attempt,
  completedAt: string,
): Statement {
  return finish([delivery.id, delivery.claim, status, JSON.stringify(attempt), completedAt]);
}

/** Records a failed attempt that will be followed by another one. */
export function queuePostpone(delivery: ClaimedDelivery, attempt: Attempt, nextAttemptAt: string): Statement {
  return postpone([delivery.id, delivery.claim, JSON.stringify(attempt), nextAttemptAt]);
}

export function toClaimed(row: Row): ClaimedDelivery {
  return {
    id: row.id,
    tenant: { orgId: row.org_id, livemode: row.livemode },
    webhookId: row.webhook_id,
    kind: row.kind,
    ordered: row.ordered,
    attemptCount: row.attempt_count,
    claim: row.claims,
    messageId: row.message_id,
    traceparent: row.traceparent,
    body: row.body,
    contract: row.contract,
    url: row.url,
    secret: row.secret,
    previousSecret: row.previous_secret,
    previousSecretUntil: row.previous_secret_until,
    isFailing: row.is_failing,
  };
}
