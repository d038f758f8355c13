import { getCACertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import { DomainError } from '../errors.ts';
import type { TraceContext } from '../telemetry/trace-context.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { CircuitBreakers } from './circuit-breaker.ts';
import { OutgoingError, toOutgoingError } from './outgoing-error.ts';
import { createTargetGuard, parseUrl, type ResolveAddresses } from './target-guard.ts';

/**
 * The one door for outgoing HTTP calls: every call passes a circuit breaker (ARC-12), the target guard (G-23), one
 * deadline from connecting to the last byte, a bound on the answer, and carries `traceparent` (OBS-03). Redirects are
 * answers like any other, never followed: the new target was not chosen by whom we trust.
 */
export interface OutgoingPolicy {
  /** See TargetGuardOptions; setting `WEBHOOK_ALLOWED_PRIVATE_HOSTS`. */
  allowedPrivateHosts?: readonly string[];
  /** PEM certificates that are trusted beside the usual ones. */
  extraCertificateAuthorities?: readonly string[];
  /** Sent as `User-Agent` when the caller sets none. */
  userAgent?: string;
  /** Connections to one origin at the same time; further calls wait, within their own deadline. Default 16. */
  connectionsPerOrigin?: number;
  /** Name resolution; default the operating system's. */
  resolve?: ResolveAddresses;
}

export interface OutgoingHttpOptions {
  breakers: CircuitBreakers;
  tracing: Tracing;
  policy?: OutgoingPolicy;
}

export interface OutgoingRequest {
  /** A dependency (`stripe`) or a group and a member (`webhook:hooks.example.com`). */
  breakerName: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
  url: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** From the call to the last byte of the answer. Default 10,000. */
  timeoutMs?: number;
  traceContext?: TraceContext;
  /** Default 1 MiB. */
  maxResponseBytes?: number;
  /** What happens to a larger answer: `refuse` (default) throws `response_too_large`, `cut` keeps the beginning. */
  whenTooLarge?: 'refuse' | 'cut';
  /** Only for URLs from our own configuration, never for one that a customer chose: also private, also plain HTTP. */
  allowPrivateTargets?: boolean;
}

export interface OutgoingResponse {
  status: number;
  /** Names in lower case; repeated headers joined by comma. */
  headers: Record<string, string>;
  bodyText: string;
  /** Whether `bodyText` is only the beginning. */
  isBodyCut: boolean;
  durationMs: number;
}

export interface OutgoingHttp {
  /**
   * Any complete answer is returned, whatever its status; 5xx counts as a failure for the breaker. Throws OutgoingError
   * with its reason when there is none.
   */
  request(request: OutgoingRequest): Promise<OutgoingResponse>;
  /** For saving a URL: throws OutgoingError `refused_target` when it can never be called. */
  checkTarget(url: string): void;
  /** Ends all connections. */
  close(): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_RESPONSE_BYTES = 1_048_576;
/** A connection that its caller gave up on is dropped after this time. */
const CONNECT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 10_000;
const MAX_RESPONSE_HEADER_BYTES = 16_384;

export function createOutgoingHttp(options: OutgoingHttpOptions): OutgoingHttp {
  const { breakers, tracing, policy = {} } = options;
  const guard = createTargetGuard(policy);
  // Two pools, so that a guarded call can never travel on a connection that was opened without the guard.
  let guarded: Promise<Dispatcher> | undefined;
  let trusted: Promise<Dispatcher> | undefined;

  function dispatcherOf(request: OutgoingRequest): Promise<Dispatcher> {
    if (request.allowPrivateTargets) {
      trusted ??= createDispatcher(policy, resolveUnguarded(policy));
      return trusted;
    }
    guarded ??= createDispatcher(policy, { lookup: guard.lookup });
    return guarded;
  }

  async function send(request: OutgoingRequest, url: URL): Promise<OutgoingResponse> {
    const dispatcher = await dispatcherOf(request);
    const attributes = { method: request.method, host: url.host, breaker: request.breakerName };
    return tracing.span('http.request', attributes, request.traceContext, async (span) => {
      const headers = requestHeaders(request, policy, tracing.headerOf(span.context));
      const response = await exchange(dispatcher, request, url, headers);
      span.setAttribute('status', response.status);
      return response;
    });
  }

  return {
    async request(request) {
      const url = request.allowPrivateTargets ? parseTrustedUrl(request.url) : guard.checkUrl(request.url);
      try {
        return await breakers
          .for(request.breakerName)
          .execute(() => send(request, url), { isFailedResult: (response) => response.status >= 500 });
      } catch (error) {
        throw asOutgoingError(error);
      }
    },
    checkTarget(url) {
      guard.checkUrl(url);
    },
    async close() {
      const dispatchers = await Promise.all([guarded, trusted]);
      await Promise.all(dispatchers.map((dispatcher) => dispatcher?.destroy()));
    },
  };
}

/** An own resolver serves trusted targets as well, without the guard's opinion. */
function resolveUnguarded(policy: OutgoingPolicy): object {
  if (!policy.resolve) return {};
  return { lookup: createTargetGuard({ ...policy, allowedPrivateHosts: ['0.0.0.0/0', '::/0'] }).lookup };
}

/** The HTTP client (10 MB) is loaded at the first call. */
async function createDispatcher(policy: OutgoingPolicy, connect: object): Promise<Dispatcher> {
  const { Agent } = await import('undici');
  const extraAuthorities = policy.extraCertificateAuthorities ?? [];
  return new Agent({
    connections: policy.connectionsPerOrigin ?? 16,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_RESPONSE_HEADER_BYTES,
    // The one deadline of `exchange` covers these.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      ...connect,
      timeout: CONNECT_TIMEOUT_MS,
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
      ...(extraAuthorities.length > 0 ? { ca: [...getCACertificates('default'), ...extraAuthorities] } : {}),
    },
  });
}

async function exchange(
  dispatcher: Dispatcher,
  request: OutgoingRequest,
  url: URL,
  headers: Record<string, string>,
): Promise<OutgoingResponse> {
  const startedMs = performance.now();
  const deadline = new AbortController();
  const timeout = new OutgoingError('timeout', 'The other side did not answer in time.');
  const expired = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    deadline.abort(timeout);
    expired.reject(timeout);
  }, request.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  try {
    const sent = dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      headers,
      body: request.body ?? null,
      signal: deadline.signal,
    });
    // The client notices an aborted call only once it is connected; a peer may take longer than the deadline for that.
    const answer = await Promise.race([sent, expired.promise]);
    const { text, isCut } = await readBounded(answer, request);
    return {
      status: answer.statusCode,
      headers: flatHeaders(answer.headers),
      bodyText: text,
      isBodyCut: isCut,
      durationMs: performance.now() - startedMs,
    };
  } catch (error) {
    throw deadline.signal.aborted ? timeout : toOutgoingError(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Reads up to the limit. Leaving the loop early destroys the connection, so that the rest is never received. */
async function readBounded(
  answer: Dispatcher.ResponseData,
  request: OutgoingRequest,
): Promise<{ text: string; isCut: boolean }> {
  const limit = request.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    const room = limit - length;
    if (chunk.length > room) {
      if (request.whenTooLarge !== 'cut') {
        throw new OutgoingError('response_too_large', `The answer is larger than ${limit} bytes.`);
      }
      chunks.push(chunk.subarray(0, room));
      return { text: Buffer.concat(chunks).toString('utf8'), isCut: true };
    }
    chunks.push(chunk);
    length += chunk.length;
  }
  return { text: Buffer.concat(chunks).toString('utf8'), isCut: false };
}

function requestHeaders(request: OutgoingRequest, policy: OutgoingPolicy, traceparent: string): Record<string, string> {
  const headers: Record<string, string> = { 'user-agent': policy.userAgent ?? 'TechCorp-Platform' };
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value;
  headers.traceparent = traceparent;
  return headers;
}

function flatHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

function parseTrustedUrl(text: string): URL {
  const url = parseUrl(text);
  if (url.protocol === 'https:' || url.protocol === 'http:') return url;
  throw new OutgoingError('refused_target', 'Use an http or https URL.');
}

function asOutgoingError(error: unknown): unknown {
  if (error instanceof OutgoingError || !(error instanceof DomainError) || error.kind !== 'unavailable') return error;
  return new OutgoingError('breaker_open', error.message, { cause: error, retryAfterSeconds: error.retryAfterSeconds });
}
