import { type Authenticator, authenticateBearer } from '#gateway/authenticate.ts';
import { authorize, type Locators, resolveTenant } from '#gateway/authorize.ts';
import { answerFromCache, finishAnswer } from '#gateway/cached-answer.ts';
import { prepareCommand, releaseClaim } from '#gateway/command-context.ts';
import { cors } from '#gateway/cors.ts';
import type { Pipeline } from '#gateway/exchange.ts';
import { handle } from '#gateway/handle.ts';
import { type BeginTrace, identifyRequest } from '#gateway/identify-request.ts';
import { type NoteTakers, takeNotes } from '#gateway/notes.ts';
import { readInput, readPath } from '#gateway/read-input.ts';
import { checkRequestLimits } from '#gateway/request-limits.ts';
import { type Throttling, throttle, throttleBatch } from '#gateway/throttle.ts';
import type { Cache } from '#kernel/cache/cache.ts';
import { renderError } from './render.ts';

export interface CanonicalGateway {
  proxies: readonly string[];
  corsOrigins: readonly string[];
  beginTrace: BeginTrace;
  authenticate: Authenticator;
  throttling: Throttling;
  locators: Locators;
  cache: Cache;
  notes: NoteTakers;
}

/** The way of a canonical request, in order. */
export function canonicalPipeline(gateway: CanonicalGateway): Pipeline {
  const running = new Set<string>();
  return {
    edition: 'canonical',
    arrival: [
      identifyRequest({ proxies: new Set(gateway.proxies), beginTrace: gateway.beginTrace }),
      cors(gateway.corsOrigins),
      checkRequestLimits,
      authenticateBearer(gateway.authenticate),
      throttle(gateway.throttling),
      authorize,
      readPath,
      resolveTenant(gateway.locators),
      answerFromCache(gateway.cache),
    ],
    work: [readInput, throttleBatch(gateway.throttling), prepareCommand(running), handle(finishAnswer(gateway.cache))],
    renderError: (exchange, error) => renderError(error, exchange.requestId),
    done: [releaseClaim(running), takeNotes(gateway.notes)],
  };
}
