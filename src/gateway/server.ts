import { readFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { DomainError, ERROR_CATALOGUE } from '#kernel/errors.ts';
import { type Operation, operation } from '#kernel/http/operation.ts';
import { newId } from '#kernel/ids.ts';
import type { EditionContract } from './contract/edition.ts';
import { type CompiledOperation, compileOperation, type Exchange, openExchange, type Pipeline } from './exchange.ts';
import { wrongUploadType } from './files/upload.ts';
import { fail, runSteps } from './pipeline.ts';
import { MAX_BODY_BYTES, MAX_INBOUND_BYTES, payloadTooLarge } from './request-limits.ts';

/** An edition as it is served: what it promises and the way of its requests. */
export interface Edition {
  contract: Pick<EditionContract, 'prefix' | 'operations' | 'methodHints'>;
  pipeline: Pipeline;
}

export interface ServerOptions {
  editions: readonly Edition[];
  tls?: { certificateFile: string; keyFile: string };
  /** Whether a peer at this address may speak to us at all; everybody unless given. */
  admits?(address: string): boolean;
}

const EXCHANGE = Symbol('exchange');
/** How long a body may take to arrive (V1-46); a file that streams has the time of its operation. */
const BODY_TIMEOUT_MS = 30_000;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
type Carrier = FastifyRequest & { [EXCHANGE]?: Exchange };

/** The HTTP server with the operations of every edition. Parsing and routing are Fastify's; the way is the pipeline's. */
export function createServer(options: ServerOptions): FastifyInstance {
  const { tls } = options;
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    exposeHeadRoutes: false,
    // The URL limit of 8 KB is ours to refuse with a proper answer, so the router and the parser allow more.
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: false, querystringParser: readQueryString },
    http: { maxHeaderSize: 64 * 1024, headersTimeout: BODY_TIMEOUT_MS },
    // The last resort for what no operation waits for; the operations' own times are shorter and exact.
    requestTimeout: 330_000,
    keepAliveTimeout: 72_000,
    return503OnClosing: false,
    clientErrorHandler: answerUnreadable,
    ...(tls && {
      https: {
        cert: readFileSync(tls.certificateFile),
        key: readFileSync(tls.keyFile),
        minVersion: 'TLSv1.3',
        maxHeaderSize: 64 * 1024,
        headersTimeout: BODY_TIMEOUT_MS,
      },
    }),
  } as object) as unknown as FastifyInstance;
  app.removeContentTypeParser('text/plain');
  if (options.admits) hangUpOnOthers(app, options.admits);
  const readJson = app.getDefaultJsonParser('error', 'error');
  // Commands such as /confirm have no body, and many clients label even that as JSON.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    const exchange = (request as Carrier)[EXCHANGE];
    if (exchange?.operation.inboundSource) exchange.rawBody = text as string;
    return text === '' ? done(null, undefined) : readJson(request, text as string, done);
  });
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, readForm);
  for (const type of uploadTypes(options.editions)) {
    // The stream itself: its handler reads it, in its own time and within its own bounds.
    app.addContentTypeParser(type, (_request, body, done) => done(null, body));
  }
  app.setErrorHandler(answerParserError);
  app.setReplySerializer((payload) => JSON.stringify(payload));
  for (const edition of options.editions) mountEdition(app, edition);
  const { editions } = options;
  const missing = compileOperation(refusing('not_found', 'No such path; see /docs for what there is.'));
  app.setNotFoundHandler((request, reply) =>
    travel(editionOf(editions, request.url).pipeline, missing, request, reply),
  );
  return app;
}

function uploadTypes(editions: readonly Edition[]): Set<string> {
  const operations = editions.flatMap((edition) => edition.contract.operations);
  return new Set(operations.flatMap((each) => each.upload?.contentTypes ?? []));
}

/** Whoever could read a credential on its way is hung up on before one is sent (GDPR-03). */
function hangUpOnOthers(app: FastifyInstance, admits: (address: string) => boolean): void {
  app.server.prependListener('connection', (socket: Socket) => {
    if (!admits((socket.remoteAddress ?? '').replace(/^::ffff:/, ''))) socket.destroy();
  });
}

function mountEdition(app: FastifyInstance, { contract, pipeline }: Edition): void {
  const methodsOf = new Map<string, string[]>();
  for (const each of contract.operations) {
    mount(app, pipeline, compileOperation(each));
    methodsOf.set(each.path, [...(methodsOf.get(each.path) ?? []), each.method]);
  }
  for (const [path, methods] of methodsOf) {
    const hints = contract.methodHints?.[path] ?? {};
    for (const method of METHODS.filter((candidate) => !methods.includes(candidate))) {
      const words = hints[method] ?? `This path takes ${methods.join(', ')}.`;
      const refusal = { ...refusing('method_not_allowed', words), path };
      mount(app, pipeline, compileOperation(refusal), { method, allow: methods.join(', ') });
    }
  }
}

/** Whose the paths of nobody are: that of the longest prefix, so that a client gets the errors of its edition. */
function editionOf(editions: readonly Edition[], url: string): Edition {
  const path = url.split('?', 1)[0]!;
  const isBelow = (prefix: string) => path === prefix || path.startsWith(`${prefix}/`);
  const fitting = editions.filter(({ contract }) => contract.prefix === '' || isBelow(contract.prefix));
  return fitting.reduce((best, each) => (each.contract.prefix.length > best.contract.prefix.length ? each : best));
}

/** An operation that refuses everybody who is authenticated: unknown paths tell nothing to strangers (AUTH-11). */
function refusing(kind: 'not_found' | 'method_not_allowed', words: string): Operation {
  return operation({
    id: `gateway.${kind}`,
    method: 'GET',
    path: '*',
    summary: kind,
    description: kind,
    access: { anyCredential: 'whoever may call this edition is told what it does not have' },
    responses: {},
    errors: [],
    handle() {
      throw new DomainError(kind, words);
    },
  });
}

function mount(
  app: FastifyInstance,
  pipeline: Pipeline,
  compiled: CompiledOperation,
  refused?: { method: string; allow: string },
): void {
  pipelineOf.set(compiled, pipeline);
  app.route({
    method: (refused?.method ?? compiled.method) as 'GET',
    url: compiled.path,
    ...(compiled.inboundSource && { bodyLimit: MAX_INBOUND_BYTES }),
    onRequest(request, reply, done) {
      const exchange = openExchange(compiled, request, reply);
      (request as Carrier)[EXCHANGE] = exchange;
      if (refused) exchange.headers.allow = refused.allow;
      const ended = runSteps(pipeline, pipeline.arrival, exchange);
      // A request that has been answered goes nowhere from here.
      const goOn = (answered: boolean) => {
        if (answered) return;
        awaitBody(pipeline, exchange);
        done();
      };
      if (typeof ended === 'boolean') goOn(ended);
      else ended.then(goOn, done);
    },
    handler: async (request) => {
      const exchange = (request as Carrier)[EXCHANGE]!;
      if (exchange.bodyTimer) clearTimeout(exchange.bodyTimer);
      refuseWrongType(pipeline, exchange);
      if (!exchange.finished) await runSteps(pipeline, pipeline.work, exchange);
    },
  });
}

/** Refuses a body that trickles in. A file is read by its handler, which has a time of its own. */
function awaitBody(pipeline: Pipeline, exchange: Exchange): void {
  const { operation, request } = exchange;
  if (operation.upload || request.method === 'GET' || request.raw.complete) return;
  exchange.bodyTimer = setTimeout(() => {
    exchange.headers.connection = 'close';
    fail(pipeline, exchange, new DomainError('timeout', 'The body did not arrive within 30 s.'));
  }, BODY_TIMEOUT_MS);
}

async function travel(
  pipeline: Pipeline,
  compiled: CompiledOperation,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const exchange = openExchange(compiled, request, reply);
  const ended = await runSteps(pipeline, pipeline.arrival, exchange);
  if (!ended) await runSteps(pipeline, pipeline.work, exchange);
}

/** A form or a file is only for operations that declare it; JSON with the wrong label would otherwise pass as text. */
function refuseWrongType(pipeline: Pipeline, exchange: Exchange): void {
  const { operation, request } = exchange;
  // Whether it is one of its own types shows when the file is opened.
  if (operation.upload) return;
  const type = request.headers['content-type'];
  const isForm = type?.startsWith('application/x-www-form-urlencoded');
  const isFile = typeof request.body === 'object' && request.body !== null && 'pipe' in request.body;
  if (isFile || (isForm && !operation.formBody)) fail(pipeline, exchange, wrongType(operation));
}

function wrongType({ upload }: Pick<Operation, 'upload'>): DomainError {
  if (upload) return wrongUploadType(upload);
  return new DomainError('unsupported_media_type', 'Send `Content-Type: application/json`.');
}

const PARSER_ERRORS: Record<string, (operation: Operation) => DomainError> = {
  FST_ERR_CTP_BODY_TOO_LARGE: payloadTooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: wrongType,
};

/** Failures before the steps: bodies that cannot be read, and slips of ours. */
function answerParserError(error: FastifyError, request: FastifyRequest): void {
  const exchange = (request as Carrier)[EXCHANGE];
  if (!exchange) throw error;
  const known = error instanceof DomainError ? error : PARSER_ERRORS[error.code]?.(exchange.operation);
  const unreadable = (error.statusCode ?? 500) < 500;
  const refusal = known ?? (unreadable ? new DomainError('bad_request', 'The body is not valid JSON.') : error);
  const pipeline = pipelineOf.get(exchange.operation);
  if (pipeline) fail(pipeline, exchange, refusal);
}

const pipelineOf = new WeakMap<CompiledOperation, Pipeline>();

function readForm(_request: FastifyRequest, text: string, done: (error: Error | null, body?: unknown) => void): void {
  const form: Record<string, string> = Object.create(null);
  for (const [given, value] of new URLSearchParams(text)) {
    // `expand[]=a&expand[]=b` is how many clients send a list.
    const name = given.endsWith('[]') ? given.slice(0, -2) : given;
    // OAuth forbids repeating a parameter (RFC 6749 §3.2); the first one alone would be a guess.
    if (name in form) {
      done(new DomainError('bad_request', `The parameter ${name} stands twice.`));
      return;
    }
    form[name] = value;
  }
  done(null, { ...form });
}

function readQueryString(text: string): Record<string, string | string[]> {
  // Most requests have none, and making a URLSearchParams costs 4 % of a cached read.
  if (text === '') return {};
  const query: Record<string, string | string[]> = Object.create(null);
  for (const [given, value] of new URLSearchParams(text)) {
    // `expand[]=a&expand[]=b` is how many clients send a list.
    const name = given.endsWith('[]') ? given.slice(0, -2) : given;
    const before = query[name];
    if (before === undefined) query[name] = value;
    // Never a new list for each value: this runs before anything is refused, and 30,000 of them took five seconds.
    else if (Array.isArray(before)) before.push(value);
    else query[name] = [before, value];
  }
  return { ...query };
}

const UNREADABLE: Record<string, 'headers_too_large' | 'timeout'> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'timeout',
};

/** What is not HTTP, or has headers past every bound, gets a readable answer and a closed connection. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (socket.destroyed || !socket.writable) return;
  const kind = UNREADABLE[error.code ?? ''] ?? 'bad_request';
  const { code, status, title } = ERROR_CATALOGUE[kind];
  const body = JSON.stringify({ error: { code, message: `${title}.`, request_id: newId('req'), details: [] } });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
