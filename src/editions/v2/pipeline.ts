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
import { bucketsByPlan } from '#gateway/rate-limit/buckets.ts';
import { readInput, readPath } from '#gateway/read-input.ts';
import { checkRequestLimits } from '#gateway/request-limits.ts';
import { throttle, throttleBatch } from '#gateway/throttle.ts';
import { planLimits } from './plan-limits.ts';
import { refuseWritesOfReaders } from './readonly-keys.ts';
import { renderError } from './render.ts';

export interface V2Gateway extends GatewayParts {
  /** The owner of an API key of this edition. */
  authenticateKey: Authenticator;
}

/** The way of a /v2 request, in order. */
export function v2Pipeline(gateway: V2Gateway): Pipeline {
  const running = new Set<string>();
  const throttling = { ...gateway.counting, buckets: bucketsByPlan('v2', planLimits, gateway.limits) };
  return {
    edition: 'v2',
    arrival: [
      identifyRequest({ proxies: new Set(gateway.proxies), beginTrace: gateway.beginTrace }),
      cors(gateway.corsOrigins),
      checkRequestLimits,
      announceDeprecation,
      authenticateBy(bearerCredential(HINTS), gateway.authenticateKey),
      throttle(throttling),
      refuseWritesOfReaders,
      authorize,
      readPath,
      resolveTenant(gateway.locators),
      answerFromCache(gateway.cache, 'v2'),
    ],
    work: [
      readInput('bad_request'),
      throttleBatch(throttling),
      prepareCommand(running, gateway.blindIndex),
      handle(finishAnswer(gateway.cache)),
    ],
    renderError: (exchange, error) => renderError(error, exchange.requestId),
    done: [releaseClaim(running), takeNotes(gateway.notes, 'v2')],
  };
}

const FORM = '`Authorization: Bearer tc_live_sk_…` (or tc_test_sk_…, tc_ro_sk_…)';
const HINTS = {
  missing: `Send an API key as ${FORM}.`,
  otherHeader: `This edition takes ${FORM}, not X-API-Key.`,
  inQuery: `Keys in the query string are refused; send ${FORM}.`,
};
