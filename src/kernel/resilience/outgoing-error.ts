import { DomainError, type ErrorKind } from '../errors.ts';

export type OutgoingErrorReason =
  /** Our own rule forbids the target (G-23); nothing was sent. */
  | 'refused_target'
  /** No complete answer within the time; the peer may or may not have acted. */
  | 'timeout'
  /** Name not found, connection refused or broken. */
  | 'connection'
  /** The peer's certificate or protocol is not acceptable. */
  | 'tls'
  | 'response_too_large'
  /** The circuit breaker is open; nothing was sent. */
  | 'breaker_open';

const KINDS: Record<OutgoingErrorReason, ErrorKind> = {
  refused_target: 'validation',
  timeout: 'timeout',
  connection: 'upstream',
  tls: 'upstream',
  response_too_large: 'upstream',
  breaker_open: 'unavailable',
};

/**
 * An outgoing call that gave no answer. It is a DomainError, so one that nobody handles is still answered well; what
 * the network said stays in `cause`, because a caller who could read it could map our network with it.
 */
export class OutgoingError extends DomainError {
  readonly reason: OutgoingErrorReason;

  constructor(
    reason: OutgoingErrorReason,
    message: string,
    options: { cause?: unknown; retryAfterSeconds?: number } = {},
  ) {
    super(KINDS[reason], message, options);
    this.name = 'OutgoingError';
    this.reason = reason;
  }
}

const TLS_CODES =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_EXCEEDED|INVALID_PURPOSE|EPROTO)/;
const TIMEOUT_CODES = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/** Sorts what the HTTP client threw into a reason. An OutgoingError, also one wrapped as cause, is returned as it is. */
export function toOutgoingError(thrown: unknown): OutgoingError {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 4; error = error.cause, depth += 1) {
    if (error instanceof OutgoingError) return error;
    const code = (error as { code?: unknown }).code;
    if (typeof code !== 'string') continue;
    if (TIMEOUT_CODES.has(code)) {
      return new OutgoingError('timeout', 'The other side did not answer in time.', { cause: thrown });
    }
    if (TLS_CODES.test(code)) {
      return new OutgoingError('tls', 'No trusted TLS connection: check the certificate of the other side.', {
        cause: thrown,
      });
    }
  }
  return new OutgoingError('connection', 'The other side could not be reached.', { cause: thrown });
}
