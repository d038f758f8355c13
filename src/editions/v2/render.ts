import { Type } from 'typebox';
import type { ErrorTable } from '#gateway/contract/edition.ts';
import { DomainError, ERROR_CATALOGUE } from '#kernel/errors.ts';
import type { Answer } from '#kernel/http/operation.ts';

/** The names of this edition (table B3). A finding about a field may have a code of its own, see `codeOf`. */
export const V2_ERRORS: ErrorTable = {
  bad_request: { status: 400, code: 'INVALID_REQUEST', otherCodes: ['MISSING_REQUIRED_FIELD'] },
  validation: {
    status: 400,
    code: 'INVALID_REQUEST',
    otherCodes: ['MISSING_REQUIRED_FIELD', 'INVALID_EMAIL', 'INVALID_CURRENCY'],
  },
  unauthenticated: { status: 401, code: 'UNAUTHORIZED' },
  payment_failed: { status: 402, code: 'PAYMENT_FAILED' },
  insufficient_funds: { status: 402, code: 'PAYMENT_FAILED' },
  forbidden: { status: 403, code: 'FORBIDDEN' },
  not_found: { status: 404, code: 'RESOURCE_NOT_FOUND' },
  method_not_allowed: { status: 405, code: 'METHOD_NOT_ALLOWED' },
  duplicate: { status: 409, code: 'CONFLICT', otherCodes: ['SKU_ALREADY_EXISTS'] },
  invalid_state: { status: 422, code: 'UNPROCESSABLE', otherCodes: ['ORDER_NOT_CANCELLABLE'] },
  insufficient_stock: { status: 422, code: 'INSUFFICIENT_STOCK' },
  idempotency_mismatch: { status: 422, code: 'UNPROCESSABLE' },
  idempotency_running: { status: 409, code: 'CONFLICT' },
  gone: { status: 404, code: 'RESOURCE_NOT_FOUND' },
  precondition_failed: { status: 412, code: 'PRECONDITION_FAILED' },
  payload_too_large: { status: 413, code: 'PAYLOAD_TOO_LARGE' },
  uri_too_long: { status: 414, code: 'PAYLOAD_TOO_LARGE' },
  headers_too_large: { status: 431, code: 'PAYLOAD_TOO_LARGE' },
  unsupported_media_type: { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' },
  resource_locked: { status: 409, code: 'CONFLICT' },
  rate_limited: { status: 429, code: 'RATE_LIMITED' },
  internal: { status: 500, code: 'INTERNAL_ERROR' },
  upstream: { status: 502, code: 'BAD_GATEWAY' },
  unavailable: { status: 503, code: 'SERVICE_UNAVAILABLE' },
  timeout: { status: 504, code: 'GATEWAY_TIMEOUT' },
};

/** The envelope of this edition (C-28, V2-79). */
export const V2ErrorView = Type.Object(
  {
    error: Type.Object({
      code: Type.String({ pattern: '^[A-Z_]+$' }),
      message: Type.String(),
      param: Type.Union([Type.String(), Type.Null()], { description: 'The parameter or field it is about.' }),
      request_id: Type.String(),
    }),
  },
  { $id: 'Error' },
);

/** Any failure as the answer of this edition. What is not a DomainError is a fault of ours: its text stays inside. */
export function renderError(error: unknown, requestId: string): Answer {
  const refusal = error instanceof DomainError ? error : new DomainError('internal', ERROR_CATALOGUE.internal.fix);
  const { status } = V2_ERRORS[refusal.kind];
  return {
    status,
    headers: status === 401 ? { 'www-authenticate': 'Bearer realm="techcorp"' } : undefined,
    body: {
      error: {
        code: codeOf(refusal),
        message: refusal.message,
        param: refusal.details[0]?.field ?? null,
        request_id: requestId,
      },
    },
  };
}

/** What a finding bears where an order can no longer be cancelled (C-63). */
export const NOT_CANCELLABLE = 'not_cancellable';

function codeOf({ kind, details }: DomainError): string {
  const [finding] = details;
  if (kind === 'validation' || kind === 'bad_request') {
    if (finding?.code === 'required') return 'MISSING_REQUIRED_FIELD';
    if (kind === 'validation' && finding?.field === 'email' && finding.code !== 'unknown_field') return 'INVALID_EMAIL';
    if (kind === 'validation' && finding?.field === 'currency') return 'INVALID_CURRENCY';
  }
  if (kind === 'duplicate' && finding?.field === 'sku') return 'SKU_ALREADY_EXISTS';
  if (kind === 'invalid_state' && finding?.code === NOT_CANCELLABLE) return 'ORDER_NOT_CANCELLABLE';
  return V2_ERRORS[kind].code;
}
