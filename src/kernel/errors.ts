/**
 * The one error catalogue. A domain error carries a code, a public message and field details; what must stay inside
 * goes into `cause` and only reaches the log. Editions map codes to their own names (decisions.md, table B3); the
 * default status is the canonical contract's.
 */
export const ERROR_CATALOGUE = {
  bad_request: {
    code: 'ERR_VALIDATION',
    status: 400,
    title: 'The request could not be read',
    fix: 'Check that the body is valid JSON and that cursors and query parameters are unchanged.',
  },
  validation: {
    code: 'ERR_VALIDATION',
    status: 422,
    title: 'A value breaks a rule',
    fix: 'Each entry of `details` names a field and what it must look like.',
  },
  unauthenticated: {
    code: 'ERR_AUTH',
    status: 401,
    title: 'The credential is missing, invalid, expired or revoked',
    fix: 'Get a new access token from POST /auth/token and send it as `Authorization: Bearer <token>`.',
  },
  payment_failed: {
    code: 'ERR_PAYMENT_FAILED',
    status: 402,
    title: 'The payment provider declined',
    fix: 'See `details` for the decline code; try another payment method.',
  },
  insufficient_funds: {
    code: 'ERR_INSUFFICIENT_FUNDS',
    status: 402,
    title: 'The account balance or credit limit is too low',
    fix: 'Use another payment method, or raise the credit limit of the customer.',
  },
  forbidden: {
    code: 'ERR_PERMISSION_DENIED',
    status: 403,
    title: 'The credential lacks a scope',
    fix: 'Request a token with the scope that the message names.',
  },
  not_found: {
    code: 'ERR_NOT_FOUND',
    status: 404,
    title: 'No such object',
    fix: 'Check the id; it may belong to another organisation or mode.',
  },
  method_not_allowed: {
    code: 'ERR_METHOD_NOT_ALLOWED',
    status: 405,
    title: 'The method is not supported here',
    fix: 'The `Allow` header lists the methods of this path.',
  },
  duplicate: {
    code: 'ERR_CONFLICT',
    status: 409,
    title: 'An object with this unique value exists',
    fix: 'Use the existing object, or choose another value.',
  },
  invalid_state: {
    code: 'ERR_INVALID_STATE',
    status: 409,
    title: 'The state of the object does not allow this',
    fix: 'Read the object; the message names the states that allow the action.',
  },
  insufficient_stock: {
    code: 'ERR_INSUFFICIENT_STOCK',
    status: 409,
    title: 'Not enough stock is available',
    fix: 'Lower the quantity or restock; `details` names each short item.',
  },
  idempotency_mismatch: {
    code: 'ERR_IDEMPOTENCY_MISMATCH',
    status: 422,
    title: 'The idempotency key was used with another request',
    fix: 'Use a new key for a new request.',
  },
  idempotency_running: {
    code: 'ERR_IDEMPOTENCY_IN_PROGRESS',
    status: 409,
    title: 'A request with this idempotency key is still running',
    fix: 'Repeat the same request after `Retry-After` seconds.',
  },
  gone: {
    code: 'ERR_GONE',
    status: 410,
    title: 'The object was archived',
    fix: 'It is kept for reading; nothing more can be done with it.',
  },
  precondition_failed: {
    code: 'ERR_PRECONDITION_FAILED',
    status: 412,
    title: 'The object changed since it was read',
    fix: 'Read it again and repeat the change with the new ETag in `If-Match`.',
  },
  payload_too_large: {
    code: 'ERR_PAYLOAD_TOO_LARGE',
    status: 413,
    title: 'The body is too large',
    fix: 'At most 10 MB; send large sets through POST /imports.',
  },
  uri_too_long: {
    code: 'ERR_PAYLOAD_TOO_LARGE',
    status: 414,
    title: 'The URL is too long',
    fix: 'At most 8 KB; move parameters into the body.',
  },
  headers_too_large: {
    code: 'ERR_PAYLOAD_TOO_LARGE',
    status: 431,
    title: 'The headers are too large',
    fix: 'At most 32 KB of headers in all.',
  },
  unsupported_media_type: {
    code: 'ERR_UNSUPPORTED_MEDIA_TYPE',
    status: 415,
    title: 'The content type is not supported',
    fix: 'Send `Content-Type: application/json`.',
  },
  resource_locked: {
    code: 'ERR_RESOURCE_LOCKED',
    status: 423,
    title: 'Another process is changing this object',
    fix: 'Repeat the request after `Retry-After` seconds.',
  },
  rate_limited: {
    code: 'ERR_RATE_LIMIT',
    status: 429,
    title: 'Too many requests',
    fix: 'Wait `Retry-After` seconds; the X-RateLimit headers tell the limit.',
  },
  internal: {
    code: 'ERR_INTERNAL',
    status: 500,
    title: 'Something broke on our side',
    fix: 'Repeat the request with the same idempotency key; report the request id if it stays.',
  },
  upstream: {
    code: 'ERR_UPSTREAM',
    status: 502,
    title: 'A provider answered with an error',
    fix: 'Repeat later; nothing was changed, or the change is being reconciled.',
  },
  unavailable: {
    code: 'ERR_UNAVAILABLE',
    status: 503,
    title: 'A dependency is not available',
    fix: 'Repeat the request after `Retry-After` seconds.',
  },
  timeout: {
    code: 'ERR_TIMEOUT',
    status: 504,
    title: 'The request took too long',
    fix: 'Repeat it with the same idempotency key.',
  },
} as const satisfies Record<string, { code: `ERR_${string}`; status: number; title: string; fix: string }>;

export type ErrorKind = keyof typeof ERROR_CATALOGUE;

/** One finding about one field; `field` is a path such as `items[2].quantity`. */
export interface ErrorDetail {
  field: string;
  code: string;
  message: string;
}

export interface DomainErrorOptions {
  details?: ErrorDetail[];
  /** Whole seconds after which the same request may succeed; sent as `Retry-After`. */
  retryAfterSeconds?: number;
  /** Stays inside: logged, never sent. */
  cause?: unknown;
}

/** An expected refusal. `kind` selects code and status; `message` is public and says what to do next. */
export class DomainError extends Error {
  readonly kind: ErrorKind;
  readonly details: ErrorDetail[];
  readonly retryAfterSeconds: number | undefined;

  constructor(kind: ErrorKind, message: string, options: DomainErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'DomainError';
    this.kind = kind;
    this.details = options.details ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** "No such order: ord_…": the same words for a missing object and for one of another organisation. */
export function notFound(object: string, id: string): DomainError {
  return new DomainError('not_found', `No such ${object}: ${id}`);
}

/** A rule of one field that the schema cannot express. */
export function invalidField(field: string, code: string, message: string): DomainError {
  return new DomainError('validation', message, { details: [{ field, code, message }] });
}

/** A handler for look-ups of an id that came in a body: when it names nothing, that field has a wrong value (C-29). */
export function wrongReference(field: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof DomainError) || error.kind !== 'not_found') throw error;
    throw invalidField(field, 'not_found', error.message);
  };
}
