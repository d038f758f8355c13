import type { CommandContext } from '#kernel/context.ts';
import { DomainError } from '#kernel/errors.ts';
import type { Answer, HttpFacts, OperationRequest } from '#kernel/http/operation.ts';
import { type Exchange, headerOf, type Step } from './exchange.ts';
import { openUpload } from './files/upload.ts';

const STANDARD_TIMEOUT_MS = 30_000;

/** Runs the operation within its time (V1-46..48). Errors: what the operation raises, `timeout`. */
export function handle(complete: (exchange: Exchange, answer: Answer) => Answer): Step {
  return (exchange) => {
    const result = exchange.operation.handle(requestOf(exchange) as never);
    if (!(result instanceof Promise)) {
      exchange.answer = complete(exchange, result);
      return;
    }
    const { timeoutMs = STANDARD_TIMEOUT_MS, batchItems } = exchange.operation;
    return inTime(result, timeoutMs, batchItems !== undefined).then((answer) => {
      exchange.answer = complete(exchange, answer);
    });
  };
}

/** What the operation sees. The proofs are getters that fail when a step did not make them: default is deny. */
export function requestOf(exchange: Exchange): OperationRequest<unknown, unknown, unknown> {
  const { params, query, body, tenant, context, principal } = exchange;
  return {
    params,
    query,
    body,
    tenant: tenant as never,
    context: context ?? (missingContext as CommandContext),
    principal: principal as never,
    http: httpFacts(exchange),
    upload: exchange.operation.upload ? openUpload(exchange, () => exchange.finished) : (undefined as never),
  };
}

/** Public operations and lists over all organisations have no command context; touching it is a fault of ours. */
const missingContext = new Proxy({} as CommandContext, {
  get() {
    throw new Error('This operation has no command context: it is public or spans organisations');
  },
});

function httpFacts(exchange: Exchange): HttpFacts {
  return {
    header: (name) => headerOf(exchange, name),
    get cookies() {
      return cookiesOf(headerOf(exchange, 'cookie'));
    },
    ipAddress: exchange.ipAddress,
    userAgent: exchange.userAgent,
    requestId: exchange.requestId,
    traceparent: exchange.traceparent,
    rawBody: exchange.rawBody,
  };
}

function cookiesOf(header: string | undefined): Record<string, string> {
  const cookies: Record<string, string> = Object.create(null);
  for (const part of header?.split(';') ?? []) {
    const at = part.indexOf('=');
    if (at > 0) cookies[part.slice(0, at).trim()] ??= part.slice(at + 1).trim();
  }
  return cookies;
}

function inTime(result: Promise<Answer>, timeoutMs: number, isBatch: boolean): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const advice = isBatch ? '; send fewer items at once.' : '.';
    const timer = setTimeout(
      () => reject(new DomainError('timeout', `The request took longer than ${timeoutMs / 1_000} s${advice}`)),
      timeoutMs,
    );
    result.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
