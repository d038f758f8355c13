import { Type } from 'typebox';
import type { ErrorTable } from '#gateway/contract/edition.ts';
import { DomainError, ERROR_CATALOGUE } from '#kernel/errors.ts';
import type { Answer } from '#kernel/http/operation.ts';

/** The names of this edition (table B3). What was archived is missing here, and a lock is a conflict. */
export const V1_ERRORS: ErrorTable = {
  bad_request: { status: 400, code: 'VALIDATION_ERROR' },
  validation: { status: 422, code: 'VALIDATION_ERROR' },
  unauthenticated: { status: 401, code: 'AUTHENTICATION_FAILED' },
  payment_failed: { status: 402, code: 'PAYMENT_FAILED' },
  insufficient_funds: { status: 402, code: 'PAYMENT_FAILED' },
  forbidden: { status: 403, code: 'PERMISSION_DENIED' },
  not_found: { status: 404, code: 'RESOURCE_NOT_FOUND' },
  method_not_allowed: { status: 405, code: 'METHOD_NOT_ALLOWED' },
  duplicate: { status: 409, code: 'CONFLICT' },
  invalid_state: { status: 409, code: 'CONFLICT' },
  insufficient_stock: { status: 409, code: 'CONFLICT' },
  idempotency_mismatch: { status: 422, code: 'VALIDATION_ERROR' },
  idempotency_running: { status: 409, code: 'CONFLICT' },
  gone: { status: 404, code: 'RESOURCE_NOT_FOUND' },
  precondition_failed: { status: 412, code: 'PRECONDITION_FAILED' },
  payload_too_large: { status: 413, code: 'PAYLOAD_TOO_LARGE' },
  uri_too_long: { status: 414, code: 'PAYLOAD_TOO_LARGE' },
  headers_too_large: { status: 431, code: 'PAYLOAD_TOO_LARGE' },
  unsupported_media_type: { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' },
  resource_locked: { status: 409, code: 'CONFLICT' },
  rate_limited: { status: 429, code: 'RATE_LIMIT_EXCEEDED' },
  internal: { status: 500, code: 'INTERNAL_ERROR' },
  upstream: { status: 502, code: 'BAD_GATEWAY' },
  unavailable: { status: 503, code: 'SERVICE_UNAVAILABLE' },
  timeout: { status: 504, code: 'GATEWAY_TIMEOUT' },
};

/** The envelope of this edition (C-28, V1-71). Request id and time are what support asks for (V1-129). */
export const V1ErrorView = Type.Object(
  {
    error: Type.Object({
      code: Type.String({ pattern: '^[A-Z_]+$' }),
      message: Type.String(),
      details: Type.Array(Type.Object({ field: Type.String(), message: Type.String(), code: Type.String() })),
      request_id: Type.String({ description: 'Also in `X-Request-Id`; send it to support.' }),
      timestamp: Type.String({ format: 'date-time', description: 'Send it to support.' }),
    }),
  },
  { $id: 'Error' },
);

/** Any failure as the answer of this edition. What is not a DomainError is a fault of ours: its text stays inside. */
export function renderError(error: unknown, requestId: string, now: Date): Answer {
  const refusal = error instanceof DomainError ? error : new DomainError('internal', ERROR_CATALOGUE.internal.fix);
  const { code, status } = V1_ERRORS[refusal.kind];
  const details = refusal.details.map(({ field, message, code: rule }) => ({ field, message, code: rule }));
  return {
    status,
    headers: status === 401 ? { 'www-authenticate': 'ApiKey realm="techcorp"' } : undefined,
    body: {
      error: { code, message: refusal.message, details, request_id: requestId, timestamp: now.toISOString() },
    },
  };
}
