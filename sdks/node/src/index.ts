export type { CanonicalOptions, CommonOptions, V2Options } from './client.ts';
export {
  ApiError,
  AuthenticationError,
  ConflictError,
  ConnectionError,
  type Failure,
  InvalidRequestError,
  NotFoundError,
  PaymentError,
  PermissionError,
  RateLimitError,
  ServerError,
  TechCorpError,
  WebhookVerificationError,
} from './errors.ts';
export { etagOf } from './etags.ts';
export type * as Canonical from './generated/canonical.ts';
export type * as V2 from './generated/v2.ts';
export type { RequestOptions } from './operation.ts';
export { List, type Page } from './pages.ts';
export { type VerifyOptions, verifyWebhook } from './webhooks.ts';

import { TechCorp } from './client.ts';

export default TechCorp;
