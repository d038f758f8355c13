import { type Authenticator, authenticateBy, keyCredential } from '#gateway/authenticate.ts';
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
import { bucketsByPlan } from '#gateway/rate-limit/buckets.ts';
import { readInput, readPath } from '#gateway/read-input.ts';
import { checkRequestLimits } from '#gateway/request-limits.ts';
import { throttle, throttleBatch } from '#gateway/throttle.ts';
import { narrowToUser } from './on-behalf-of.ts';
import { renderError } from './render.ts';
import { tierLimits } from './tiers.ts';

export interface V1Gateway extends GatewayParts {
  /** The owner of an API key of this edition. */
  authenticateKey: Authenticator;
  /** The owner of a user's access token, which narrows a request to that user (C-21). */
  authenticateUser: Authenticator;
}

/** The way of a /v1 request, in order. */
export function v1Pipeline(gateway: V1Gateway): Pipeline {
  const running = new Set<string>();
  const throttling = { ...gateway.counting, buckets: bucketsByPlan('v1', tierLimits, gateway.limits) };
  return {
    edition: 'v1',
    arrival: [
      identifyRequest({ proxies: new Set(gateway.proxies), beginTrace: gateway.beginTrace }),
      cors(gateway.corsOrigins),
      checkRequestLimits,
      announceDeprecation,
      authenticateBy(keyCredential(HINTS), gateway.authenticateKey),
      narrowToUser(gateway.authenticateUser),
      throttle(throttling),
      authorize,
      readPath,
      resolveTenant(gateway.locators),
      answerFromCache(gateway.cache, 'v1'),
    ],
    work: [
      readInput('validation'),
      throttleBatch(throttling),
      prepareCommand(running, gateway.blindIndex),
      handle(finishAnswer(gateway.cache)),
    ],
    renderError: (exchange, error) => renderError(error, exchange.requestId, gateway.counting.clock.now()),
    done: [releaseClaim(running), takeNotes(gateway.notes, 'v1')],
  };
}

const HINTS = {
  missing: 'Send an API key as `X-API-Key: sk_live_…` (or sk_test_…).',
  otherHeader: 'This edition takes `X-API-Key: sk_live_…` (or sk_test_…); `Authorization` alone proves nothing here.',
  inQuery: 'Keys in the query string are refused; send `X-API-Key: sk_live_…` (or sk_test_…).',
};
