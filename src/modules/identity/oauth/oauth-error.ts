import { DomainError } from '#kernel/errors.ts';

/** The error codes of RFC 6749, RFC 6750, RFC 7009 and OpenID Connect Core that we give. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'access_denied'
  | 'login_required'
  | 'invalid_token';

/** A refusal of the protocol; its message is the `error_description`, so it is plain ASCII without quotes. */
export class OAuthError extends DomainError {
  readonly code: OAuthErrorCode;

  constructor(code: OAuthErrorCode, message: string, cause?: unknown) {
    super(code === 'invalid_client' || code === 'invalid_token' ? 'unauthenticated' : 'bad_request', message, {
      cause,
    });
    this.name = 'OAuthError';
    this.code = code;
  }
}
