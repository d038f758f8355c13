import { holdsCardNumber, maskCardNumbers } from '#kernel/card-number.ts';
import { newId } from '#kernel/ids.ts';
import { type Exchange, headerOf, type Step } from './exchange.ts';

const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** Continues the caller's trace or begins one (OBS-03); `traceparent` names our span for everything that follows. */
export type BeginTrace = (
  traceparent: string | undefined,
  operation: string,
) => { traceparent: string; end(status: number, error: unknown): void };

/**
 * Gives the request its id (the caller's `X-Request-Id` when it is harmless) and its trace context, and notes where it
 * comes from (SOC-07). `proxies` are the addresses whose X-Forwarded-For is believed.
 */
export function identifyRequest(options: { proxies: ReadonlySet<string>; beginTrace: BeginTrace }): Step {
  return (exchange) => {
    const given = headerOf(exchange, 'x-request-id');
    exchange.requestId = given && REQUEST_ID.test(given) && !holdsCardNumber(given) ? given : newId('req');
    const trace = options.beginTrace(headerOf(exchange, 'traceparent'), exchange.operation.id);
    exchange.traceparent = trace.traceparent;
    exchange.endTrace = trace.end;
    exchange.userAgent = maskCardNumbers((headerOf(exchange, 'user-agent') ?? '').slice(0, 200));
    exchange.ipAddress = clientAddress(exchange, options.proxies);
    exchange.headers['x-request-id'] = exchange.requestId;
    exchange.headers['x-content-type-options'] = 'nosniff';
  };
}

/** The nearest address that is not a declared proxy. */
function clientAddress(exchange: Exchange, proxies: ReadonlySet<string>): string {
  const socketAddress = plainAddress(exchange.request.raw.socket.remoteAddress ?? '');
  if (!proxies.has(socketAddress)) return socketAddress;
  const chain = (headerOf(exchange, 'x-forwarded-for') ?? '').split(',').map((part) => plainAddress(part.trim()));
  for (let index = chain.length - 1; index >= 0; index--) {
    if (chain[index] && !proxies.has(chain[index]!)) return chain[index]!;
  }
  return socketAddress;
}

function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}
