/** What the API said about a request that failed. */
export interface Failure {
  status: number;
  /** The code of the contract, such as `ERR_NOT_FOUND` or `RESOURCE_NOT_FOUND`. */
  code: string;
  message: string;
  requestId: string | undefined;
  /** The field at fault, where one is. */
  param: string | undefined;
  details: readonly { field: string; code: string; message: string }[];
  retryAfterSeconds: number | undefined;
}

/** Every error of this library; `instanceof` tells the kinds apart. */
export class TechCorpError extends Error {
  override name = 'TechCorpError';
}

/** No answer came: the network failed or the time was up. Whether the request had an effect is unknown. */
export class ConnectionError extends TechCorpError {
  override name = 'ConnectionError';
}

/** A webhook that is not ours, was changed on its way, or is too old. */
export class WebhookVerificationError extends TechCorpError {
  override name = 'WebhookVerificationError';
}

/** The API refused. */
export class ApiError extends TechCorpError {
  override name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;
  readonly param: string | undefined;
  readonly details: Failure['details'];
  readonly retryAfterSeconds: number | undefined;

  constructor(failure: Failure) {
    super(failure.message);
    this.status = failure.status;
    this.code = failure.code;
    this.requestId = failure.requestId;
    this.param = failure.param;
    this.details = failure.details;
    this.retryAfterSeconds = failure.retryAfterSeconds;
  }
}

/** 400, 413, 414, 415, 422: the request itself must change. */
export class InvalidRequestError extends ApiError {
  override name = 'InvalidRequestError';
}
/** 401: the key or token is missing, wrong, expired or revoked. */
export class AuthenticationError extends ApiError {
  override name = 'AuthenticationError';
}
/** 402: the payment was declined. */
export class PaymentError extends ApiError {
  override name = 'PaymentError';
}
/** 403: the credential may not do this. */
export class PermissionError extends ApiError {
  override name = 'PermissionError';
}
/** 404 and 410. */
export class NotFoundError extends ApiError {
  override name = 'NotFoundError';
}
/** 409, 412, 423: the object is not as the request expects it. */
export class ConflictError extends ApiError {
  override name = 'ConflictError';
}
/** 429, after the retries. */
export class RateLimitError extends ApiError {
  override name = 'RateLimitError';
}
/** 5xx, after the retries. */
export class ServerError extends ApiError {
  override name = 'ServerError';
}

const KINDS: Record<number, new (failure: Failure) => ApiError> = {
  401: AuthenticationError,
  402: PaymentError,
  403: PermissionError,
  404: NotFoundError,
  409: ConflictError,
  410: NotFoundError,
  412: ConflictError,
  423: ConflictError,
  429: RateLimitError,
};

export function apiError(failure: Failure): ApiError {
  const Kind = KINDS[failure.status] ?? (failure.status >= 500 ? ServerError : InvalidRequestError);
  return new Kind(failure);
}
