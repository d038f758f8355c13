import { type Clock, SECOND_MS } from '#kernel/clock.ts';
import type { Sealing } from '#kernel/crypto/sealing.ts';
import { OutgoingError } from '#kernel/resilience/outgoing-error.ts';
import type { OutgoingHttp } from '#kernel/resilience/outgoing-http.ts';
import { parseTraceparent } from '#kernel/telemetry/trace-context.ts';
import { secretContext } from '../endpoints/secrets.ts';
import type { ContractOf } from '../messages/delivery-contract.ts';
import { type Attempt, RESPONSE_KEPT_BYTES } from './delivery.ts';
import type { ClaimedDelivery } from './queue.store.ts';
import { bodySignature, standardSignature } from './signature.ts';

export interface AttemptDependencies {
  clock: Clock;
  sealing: Sealing;
  http: Pick<OutgoingHttp, 'request'>;
  contractOf: ContractOf;
  /** Shorter in tests alone. */
  answerTimeoutMs?: number;
}

/** What the log says where there was no answer; the words of the network itself would describe it to strangers. */
const FAILURES: Record<Exclude<OutgoingError['reason'], 'timeout'>, string> = {
  refused_target: 'Not sent: the URL leads to a private or forbidden address; webhooks go to public addresses only.',
  connection: 'The connection failed: the name was not found, or the connection was refused or broken.',
  tls: 'No trusted TLS connection: check the certificate of the endpoint.',
  response_too_large: 'The answer was larger than we read.',
  breaker_open: 'Not sent: the endpoint failed five times in a row and rests for some seconds.',
};

function failureOf(reason: OutgoingError['reason'], timeoutMs: number): string {
  if (reason === 'timeout') return `No complete answer within ${timeoutMs / SECOND_MS} seconds.`;
  return FAILURES[reason];
}

/** Calls the endpoint once. Never throws for what the endpoint or the network does: that is in the answer. */
export async function callEndpoint(dependencies: AttemptDependencies, delivery: ClaimedDelivery): Promise<Attempt> {
  const { clock, http, contractOf } = dependencies;
  const timeoutMs = contractOf(delivery.contract).answerTimeoutMs;
  const startedAtMs = clock.nowMs();
  const began = performance.now();
  const facts = { number: delivery.attemptCount + 1, started_at: new Date(startedAtMs).toISOString() };
  try {
    const response = await http.request({
      breakerName: breakerOf(delivery),
      method: 'POST',
      url: delivery.url,
      headers: headersOf(dependencies, delivery, Math.floor(startedAtMs / 1_000)),
      body: delivery.body,
      timeoutMs: dependencies.answerTimeoutMs ?? timeoutMs,
      traceContext: parseTraceparent(delivery.traceparent),
      maxResponseBytes: RESPONSE_KEPT_BYTES,
      whenTooLarge: 'cut',
    });
    return {
      ...facts,
      duration_ms: Math.round(response.durationMs),
      response_status: response.status,
      response_body: storable(response.bodyText),
      error: refusalOf(response.status),
    };
  } catch (error) {
    if (!(error instanceof OutgoingError)) throw error;
    const duration_ms = Math.round(performance.now() - began);
    return {
      ...facts,
      duration_ms,
      response_status: null,
      response_body: '',
      error: failureOf(error.reason, timeoutMs),
    };
  }
}

/**
 * Per endpoint, not per host: many customers share the host of a hook service. Somebody who asks for a test or a replay
 * wants to know how the endpoint is now, so these do not rest with the others.
 */
function breakerOf({ kind, webhookId }: ClaimedDelivery): string {
  return kind === 'event' ? `webhook:${webhookId}` : `webhook-by-hand:${webhookId}`;
}

/** Any 2xx is success; a redirect is not followed and fails (C-88). */
function refusalOf(status: number): string | null {
  if (status >= 200 && status <= 299) return null;
  if (status >= 300 && status <= 399) return `The endpoint redirects (${status}); register the final URL.`;
  return `The endpoint answered ${status}.`;
}

function headersOf(
  { sealing, clock, contractOf }: AttemptDependencies,
  delivery: ClaimedDelivery,
  timestampSeconds: number,
): Record<string, string> {
  const { tenant, webhookId, previousSecret, previousSecretUntil, body } = delivery;
  const open = (sealed: Buffer) => sealing.openForOrganization(tenant.orgId, sealed, secretContext(webhookId));
  const secret = open(delivery.secret);
  const secrets = [secret];
  if (previousSecret && previousSecretUntil && Date.parse(previousSecretUntil) > clock.nowMs()) {
    secrets.push(open(previousSecret));
  }
  return {
    'content-type': 'application/json',
    'user-agent': 'TechCorp-Webhooks/1.0',
    'webhook-id': delivery.messageId,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': standardSignature(secrets, { id: delivery.messageId, timestampSeconds, body }),
    [contractOf(delivery.contract).bodySignatureHeader]: bodySignature(secret, body),
  };
}

/** PostgreSQL's JSON holds neither NUL nor half a surrogate pair. */
function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
