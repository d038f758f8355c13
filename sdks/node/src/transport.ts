import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { apiError, ConnectionError, type Failure } from './errors.ts';
import type { RequestOptions } from './operation.ts';

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 8_000;
/** A server that asks for more patience than this gets its refusal passed on. */
const LONGEST_WAIT_MS = 60_000;
const RETRIED = new Set([408, 429, 500, 502, 503, 504]);
const VERSION = '0.1.0';

export interface TransportSettings {
  baseUrl: string;
  timeoutMs: number;
  maxRetries: number;
  fetch: typeof globalThis.fetch;
  credential: Credential;
}

/** Where the Authorization header comes from. */
export interface Credential {
  authorization(): Promise<string>;
  /** The server refused it; true when another one may work. */
  refused(): boolean;
}

export interface Call {
  method: string;
  path: string;
  query?: Record<string, unknown>;
  body?: unknown;
  options: RequestOptions;
}

export interface Answer {
  body: unknown;
  etag: string | undefined;
}

/** Sends one call and repeats what is safe and sensible to repeat. Errors: `ApiError` and its kinds, `ConnectionError`. */
export async function send(settings: TransportSettings, call: Call): Promise<Answer> {
  const { options } = call;
  const retries = options.maxRetries ?? settings.maxRetries;
  // One key for all attempts: whatever the first one did, the others get its answer instead of a second effect.
  const idempotencyKey = options.idempotencyKey ?? (call.method === 'GET' ? undefined : randomUUID());
  let mayRenew = true;
  for (let attempt = 0; ; attempt++) {
    const outcome = await attemptOnce(settings, call, idempotencyKey);
    if ('answer' in outcome) return outcome.answer;
    if (outcome.failure?.status === 401 && mayRenew && settings.credential.refused()) {
      mayRenew = false;
      continue;
    }
    const waitMs = attempt < retries ? waitBefore(attempt, outcome) : undefined;
    if (waitMs === undefined) throw outcome.failure ? apiError(outcome.failure) : outcome.error;
    await sleep(waitMs, undefined, options.signal ? { signal: options.signal } : {});
  }
}

type Outcome = { answer: Answer } | { failure: Failure; error?: never } | { failure?: never; error: Error };

async function attemptOnce(
  settings: TransportSettings,
  { method, path, query, body, options }: Call,
  idempotencyKey: string | undefined,
): Promise<Outcome> {
  const authorization = await settings.credential.authorization();
  const headers: Record<string, string> = {
    accept: 'application/json',
    authorization,
    'user-agent': `techcorp-node/${VERSION}`,
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    ...(options.ifMatch !== undefined && { 'if-match': options.ifMatch }),
    ...options.headers,
  };
  const limit = AbortSignal.timeout(options.timeoutMs ?? settings.timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  try {
    const response = await settings.fetch(`${settings.baseUrl}${path}${queryText(query)}`, {
      method,
      headers,
      signal,
      // A redirect could carry the credential to another host.
      redirect: 'error',
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = parsedAnswer(text);
    if (!response.ok) return { failure: failureOf(response, parsed) };
    return { answer: { body: parsed, etag: response.headers.get('etag') ?? undefined } };
  } catch (error) {
    if (options.signal?.aborted) throw error;
    const reason = limit.aborted ? 'the time was up' : error instanceof Error ? error.message : String(error);
    return { error: new ConnectionError(`No answer from ${settings.baseUrl}: ${reason}`, { cause: error }) };
  }
}

/** Milliseconds until the next attempt, or undefined when another one would not help. */
function waitBefore(attempt: number, outcome: Outcome): number | undefined {
  const backoffMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt) * (0.5 + Math.random() / 2);
  if (!('failure' in outcome) || !outcome.failure) return backoffMs;
  const { status, retryAfterSeconds } = outcome.failure;
  // 409 and 423 with Retry-After: the same request, or another one about the object, is being worked on.
  const isBusy = (status === 409 || status === 423) && retryAfterSeconds !== undefined;
  if (!RETRIED.has(status) && !isBusy) return undefined;
  if (retryAfterSeconds === undefined) return backoffMs;
  const askedMs = retryAfterSeconds * 1_000;
  return askedMs > LONGEST_WAIT_MS ? undefined : askedMs;
}

function failureOf(response: Response, parsed: unknown): Failure {
  const error = ((parsed as { error?: unknown } | undefined)?.error ?? {}) as Record<string, unknown>;
  const details = (Array.isArray(error.details) ? error.details : []) as Failure['details'];
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return {
    status: response.status,
    code: typeof error.code === 'string' ? error.code : `HTTP_${response.status}`,
    message: typeof error.message === 'string' ? error.message : `The server answered ${response.status}.`,
    requestId: (error.request_id as string | undefined) ?? response.headers.get('x-request-id') ?? undefined,
    param: (error.param as string | undefined) ?? details[0]?.field,
    details,
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
  };
}

function parsedAnswer(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function queryText(query: Record<string, unknown> | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === null) continue;
    for (const each of Array.isArray(value) ? value : [value]) {
      parameters.append(name, each instanceof Date ? each.toISOString() : String(each));
    }
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
