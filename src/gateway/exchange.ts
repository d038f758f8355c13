import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CacheSubject } from '#kernel/cache/cache.ts';
import type { CommandContext } from '#kernel/context.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import type { Answer, Operation } from '#kernel/http/operation.ts';
import type { Principal } from '#kernel/http/principal.ts';
import { compile, type Validator } from '#kernel/http/validate.ts';
import type { Verdict } from './rate-limit/rate-limit-store.ts';

/** An operation with its validators made once, at start. */
export interface CompiledOperation extends Operation {
  readonly readParams: Validator<unknown> | null;
  readonly readQuery: Validator<unknown> | null;
  readonly readBody: Validator<unknown> | null;
}

/** One request on its way through the pipeline; each step reads and fills its own part. */
export interface Exchange {
  readonly operation: CompiledOperation;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** `performance.now()` at arrival. */
  readonly arrivedMs: number;
  requestId: string;
  traceparent: string;
  /** Ends the request's span; does nothing when the trace is not sampled. */
  endTrace: (status: number, error: unknown) => void;
  ipAddress: string;
  userAgent: string;
  /** Null until authenticated, and for public operations without a credential. */
  principal: Principal | null;
  /** Why the credential was refused; thrown by `authorize`, after the anonymous bucket has counted the attempt. */
  refusedCredential: unknown;
  verdict: Verdict | null;
  tenant: Scope | null;
  params: unknown;
  query: unknown;
  body: unknown;
  /** Refuses a body that does not arrive; running until the body is read. */
  bodyTimer: NodeJS.Timeout | null;
  /** The body as it came, for operations that check a signature over it. */
  rawBody: string | undefined;
  expectedVersion: number | undefined;
  context: CommandContext | null;
  /** The idempotency claim that runs in this process, to be given back at the end. */
  runningClaim: string | null;
  cache: { subject: CacheSubject; version: number } | null;
  answer: Answer | null;
  error: unknown;
  headers: Record<string, string | string[]>;
  finished: boolean;
}

/** A step may answer (then the rest is skipped) or throw a DomainError. */
export type Step = (exchange: Exchange) => void | Promise<void>;

/** What an edition is: the ordered steps before and after the body is read, how it renders, and what is noted at the end. */
export interface Pipeline {
  edition: string;
  /** Before the body is read: nobody without rights makes us read 10 MB. */
  arrival: readonly Step[];
  work: readonly Step[];
  /** Makes the error answer of this edition. */
  renderError(exchange: Exchange, error: unknown): Answer;
  /** Runs after the answer was handed to the socket; must not fail. */
  done: readonly ((exchange: Exchange, status: number, bytes: number) => void)[];
}

export function compileOperation(operation: Operation): CompiledOperation {
  return {
    ...operation,
    readParams: operation.params ? compile(operation.params) : null,
    readQuery: operation.query ? compile(operation.query) : null,
    readBody: operation.body ? compile(operation.body) : null,
  };
}

export function openExchange(operation: CompiledOperation, request: FastifyRequest, reply: FastifyReply): Exchange {
  return {
    operation,
    request,
    reply,
    arrivedMs: performance.now(),
    requestId: '',
    traceparent: '',
    endTrace: () => undefined,
    ipAddress: '',
    userAgent: '',
    principal: null,
    refusedCredential: null,
    verdict: null,
    tenant: null,
    params: undefined,
    query: undefined,
    body: undefined,
    bodyTimer: null,
    rawBody: undefined,
    expectedVersion: undefined,
    context: null,
    runningClaim: null,
    cache: null,
    answer: null,
    error: null,
    headers: {},
    finished: false,
  };
}

/** A request header as one string; the first value when it was sent twice. */
export function headerOf(exchange: Exchange, name: string): string | undefined {
  const value = exchange.request.raw.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
