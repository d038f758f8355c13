import { type Authenticator, authenticateBy, bearerCredential } from '#gateway/authenticate.ts';
import { authorize, resolveTenant } from '#gateway/authorize.ts';
import { answerFromCache, finishAnswer } from '#gateway/cached-answer.ts';
import { prepareCommand, releaseClaim } from '#gateway/command-context.ts';
import { announceDeprecation } from '#gateway/contract/deprecation.ts';
import { cors } from '#gateway/cors.ts';
import type { Pipeline } from '#gateway/exchange.ts';
import { handle } from '#gateway/handle.ts';
import { identifyRequest } from '#gateway/identify-request.ts';
import { takeNotes } from '#gateway/notes.ts';
import type { GatewayParts } from '#gateway/parts.ts';
import { bucketsByCredential } from '#gateway/rate-limit/buckets.ts';
import { readInput, readPath } from '#gateway/read-input.ts';
import { checkRequestLimits } from '#gateway/request-limits.ts';
import { throttle, throttleBatch } from '#gateway/throttle.ts';
import { renderError } from './render.ts';

export interface CanonicalGateway extends GatewayParts {
  authenticate: Authenticator;
}

/** The way of a canonical request, in order. */
export function canonicalPipeline(gateway: CanonicalGateway): Pipeline {
  const running = new Set<string>();
  const throttling = { ...gateway.counting, buckets: bucketsByCredential(gateway.limits) };
  return {
    edition: 'canonical',
    arrival: [
      identifyRequest({ proxies: new Set(gateway.proxies), beginTrace: gateway.beginTrace }),
      cors(gateway.corsOrigins),
      checkRequestLimits,
      announceDeprecation,
      authenticateBy(bearerCredential(HINTS), gateway.authenticate),
      throttle(throttling),
      authorize,
      readPath,
      resolveTenant(gateway.locators),
      answerFromCache(gateway.cache),
    ],
    work: [
      readInput('bad_request'),
      throttleBatch(throttling),
      prepareCommand(running, gateway.blindIndex),
      handle(finishAnswer(gateway.cache)),
    ],
    renderError: (exchange, error) => renderError(error, exchange.requestId),
    done: [releaseClaim(running), takeNotes(gateway.notes, 'canonical')],
  };
}

const HINTS = {
  missing: 'Send an access token as `Authorization: Bearer <token>`; get one from POST /auth/token.',
  otherHeader: 'This edition takes `Authorization: Bearer <access token or API key>`, not X-API-Key.',
  inQuery: 'Credentials in the query string are refused; send `Authorization: Bearer <token>`.',
};
