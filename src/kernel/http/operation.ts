import type { Static, TObject, TSchema } from 'typebox';
import type { CommandContext } from '../context.ts';
import type { Scope } from '../database/tenant.ts';
import type { ErrorKind } from '../errors.ts';
import type { Principal } from './principal.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Who may call: holders of a scope, holders of any valid credential, or everybody, with the reason that C-06's closed
 * list gives.
 */
export type Access = { scope: string } | { anyCredential: string } | { public: string };

/** What the handler answers with; the edition's renderer makes bytes of it. */
export interface Answer {
  status: number;
  body?: unknown;
  /** The version of the one object in `body`; becomes its ETag. */
  version?: number;
  headers?: Record<string, string | string[]>;
  /** What the caller saw beyond the object of the operation itself, for the audit trail. */
  alsoSeen?: readonly { operation: string; objectId: string | null }[];
  /** Ready-made bytes instead of `body`, with their content type. */
  raw?: { bytes: Buffer | string; contentType: string };
  /** Instead of `body`: bytes that are made while they are sent, as fast as the client reads. */
  stream?: { chunks: AsyncIterable<Buffer>; contentType: string };
}

/** A body that is a file: the handler reads it as it arrives, and nobody holds it in memory as a whole. */
export interface UploadDeclaration {
  contentTypes: readonly string[];
  /** Of the body, and of what it unpacks to when it is sent with `Content-Encoding: gzip`. */
  maxBytes: number;
}

/** The file that a request brings. It must be read to its end, or the connection ends with the answer. */
export interface Upload {
  /** One of the declared types, without parameters. */
  contentType: string;
  /** Unpacked. Errors while reading: `payload_too_large`, `bad_request` (broken off, or not gzip), `timeout`. */
  chunks: AsyncIterable<Buffer>;
}

/** A request that passed every step of the pipeline: checked, normalised, authorised. */
export interface OperationRequest<Params, Query, Body> {
  params: Params;
  query: Query;
  body: Body;
  /** Whose data to read. `*` only in lists of a platform administrator who named no organisation. */
  tenant: Scope;
  /** Proof for commands: one tenant, the actor, the request, the idempotency claim. */
  context: CommandContext;
  principal: Principal;
  http: HttpFacts;
  /** Of operations that declare one. */
  upload: Upload;
}

/** What protocol endpoints (OAuth) need of HTTP itself; business operations leave it alone. */
export interface HttpFacts {
  header(name: string): string | undefined;
  cookies: Readonly<Record<string, string>>;
  ipAddress: string;
  userAgent: string;
  requestId: string;
  traceparent: string;
  /** The body as it came; only for operations with `inboundSource`. */
  rawBody?: string;
}

export interface ResponseDeclaration {
  description: string;
  /** Absent for an answer without a body. */
  schema?: TSchema;
  /** `application/json` unless told; several when the caller chooses between them. */
  contentType?: string | readonly string[];
}

/** When an operation was declared deprecated, when it goes at the earliest, and where its successor is described. */
export interface Deprecation {
  /** Days, such as `2026-01-15`. */
  since: string;
  sunset: string;
  /** A path of this server with words about what to do instead. */
  guide: string;
}

/**
 * One operation of an edition, declared once. Routing, checks, OpenAPI, the permission matrix, metrics names, audit
 * records and the coverage tests all derive from it.
 */
export interface Operation<
  Params extends TObject = TObject,
  Query extends TObject = TObject,
  Body extends TSchema = TSchema,
> {
  /**
   * `<resource>.<verb>`, unique; also the audit action and the metrics label. Editions other than the canonical one put
   * their name before it: `v1.users.get`.
   */
  id: string;
  method: Method;
  /** With `:name` for path parameters. */
  path: string;
  summary: string;
  description: string;
  access: Access;
  params?: Params;
  query?: Query;
  body?: Body;
  responses: Record<number, ResponseDeclaration>;
  /** Refusals beyond those every operation may give (see `commonErrors`). */
  errors: readonly ErrorKind[];
  /** A limit of this operation alone, per credential and minute (RATE-08). */
  limitPerMinute?: number;
  /** Makes this a batch operation: its cost is the number of items (C-08). */
  batchItems?(body: Static<Body>): number;
  /** Also takes `application/x-www-form-urlencoded`, as OAuth clients and the sign-in page send. */
  formBody?: boolean;
  /** Takes a file instead of JSON, streamed; what else the operation needs to know stands in its query. */
  upload?: UploadDeclaration;
  /** Takes the news of this provider: counted in its own bucket alone (C-09), with `http.rawBody` for its signature. */
  inboundSource?: string;
  /**
   * Answers of this GET may be kept until their object changes (CCH-07): the one that `:id` names, or with `list`
   * whatever the tenant has of the resource.
   */
  cached?: { service: string; resource: string; list?: true };
  /** The operation will go: its answers say so from now on (G-59), six months before the sunset at least (V1-97). */
  deprecated?: Deprecation;
  /** 30 s unless told (V1-46); 120 s for batches, 300 s for uploads. */
  timeoutMs?: number;
  handle(request: OperationRequest<Static<Params>, Static<Query>, Static<Body>>): Promise<Answer> | Answer;
}

/** Declares an operation; exists so that the handler's input types follow from the shapes. */
export function operation<Params extends TObject, Query extends TObject, Body extends TSchema>(
  declaration: Operation<Params, Query, Body>,
): Operation {
  return declaration as unknown as Operation;
}

/** Refusals that every operation may give, so that declarations name only their own. */
export function commonErrors(declaration: Operation): ErrorKind[] {
  const kinds: ErrorKind[] = ['rate_limited', 'internal', 'unavailable', 'timeout'];
  if (!('public' in declaration.access)) kinds.push('unauthenticated', 'forbidden');
  if (declaration.query || declaration.method !== 'GET') kinds.push('bad_request', 'uri_too_long', 'headers_too_large');
  if (declaration.body) kinds.push('validation');
  if (declaration.body || declaration.upload) kinds.push('payload_too_large', 'unsupported_media_type');
  if (declaration.params) kinds.push('not_found');
  if (declaration.method !== 'GET') kinds.push('idempotency_mismatch', 'idempotency_running');
  return kinds;
}

/** 200 with an object (its `version` becomes the ETag) or a page. */
export function ok(body: unknown, version?: number): Answer {
  return { status: 200, body, version };
}

/** 201 with the new object and where it can be read. */
export function created(body: { id: string }, path: string, version?: number): Answer {
  return { status: 201, body, version, headers: { location: `${path}/${body.id}` } };
}
