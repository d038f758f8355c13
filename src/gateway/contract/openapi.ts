import { ERROR_CATALOGUE, type ErrorKind } from '#kernel/errors.ts';
import { stripInternalKeywords } from '#kernel/http/fields.ts';
import { commonErrors, type Operation } from '#kernel/http/operation.ts';
import type { ErrorTable } from './edition.ts';

export interface OpenApiOptions {
  title: string;
  version: string;
  description: string;
  /** The error envelope of the edition; must have an `$id`. */
  errorSchema: object;
  errors: ErrorTable;
  /** How requests prove who calls: OpenAPI security schemes by name. */
  credentials: JsonObject;
  /** Which of them an operation takes, with the scope it needs. */
  securityOf(scopes: string[]): JsonObject[];
  /** The header that makes a repeated request safe, as this edition spells it (C-52). */
  idempotencyHeader: string;
}

type JsonObject = Record<string, unknown>;

const MUTATING = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** The OpenAPI 3.1 document of an edition, derived from its operations and nothing else. */
export function openApiDocument(operations: readonly Operation[], options: OpenApiOptions): JsonObject {
  const schemas: JsonObject = {};
  const error = referTo(options.errorSchema, schemas);
  const paths: Record<string, JsonObject> = {};
  for (const each of operations) {
    const path = each.path.replace(/:([A-Za-z_]+)/g, '{$1}');
    paths[path] ??= {};
    paths[path][each.method.toLowerCase()] = describe(each, options, schemas, error);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: options.title,
      version: options.version,
      description: options.description,
      license: { name: 'AGPL-3.0-or-later', identifier: 'AGPL-3.0-or-later' },
    },
    servers: [{ url: '/' }],
    security: options.securityOf([]),
    tags: [...new Set(operations.map(tagOf))].sort().map((name) => ({ name, 'x-displayName': titleOf(name) })),
    paths,
    components: { securitySchemes: options.credentials, schemas },
  };
}

function describe(operation: Operation, options: OpenApiOptions, schemas: JsonObject, error: JsonObject): JsonObject {
  const { access } = operation;
  const isRepeatable = MUTATING.has(operation.method) && 'scope' in access;
  const parameters = [
    ...parametersOf(operation.params, 'path'),
    ...parametersOf(operation.query, 'query'),
    ...(isRepeatable ? [{ ...IDEMPOTENCY_KEY, name: options.idempotencyHeader }] : []),
  ];
  return {
    operationId: operation.id,
    tags: [tagOf(operation)],
    summary: operation.summary,
    description: operation.description,
    ...(operation.deprecated && { deprecated: true }),
    security: 'public' in access ? [] : options.securityOf('scope' in access ? [access.scope] : []),
    ...(parameters.length > 0 && { parameters }),
    ...((operation.body || operation.upload) && { requestBody: requestBody(operation) }),
    responses: responsesOf(operation, options.errors, schemas, error),
  };
}

function requestBody(operation: Operation): JsonObject {
  const { upload } = operation;
  if (upload) {
    // OpenAPI 3.1 leaves the schema of bytes empty (section 4.8.14.3).
    return { required: true, content: Object.fromEntries(upload.contentTypes.map((type) => [type, {}])) };
  }
  const schema = stripInternalKeywords(operation.body!);
  const content: JsonObject = { 'application/json': { schema } };
  if (operation.formBody) content['application/x-www-form-urlencoded'] = { schema };
  return { required: true, content };
}

function responsesOf(operation: Operation, errors: ErrorTable, schemas: JsonObject, error: JsonObject): JsonObject {
  const responses: JsonObject = {};
  for (const [status, response] of Object.entries(operation.responses)) {
    const types = [response.contentType ?? 'application/json'].flat();
    responses[status] = {
      description: response.description,
      ...(response.schema && { content: contentOf(types, referTo(response.schema, schemas)) }),
    };
  }
  for (const [status, kinds] of byStatus(errors, [...commonErrors(operation), ...operation.errors])) {
    const names = kinds.flatMap((kind) => [errors[kind].code, ...(errors[kind].otherCodes ?? [])]);
    const codes = [...new Set(names)].join(', ');
    const titles = [...new Set(kinds.map((kind) => ERROR_CATALOGUE[kind].title))].join('; ');
    responses[status] ??= { description: `${codes}: ${titles}.`, content: { 'application/json': { schema: error } } };
  }
  return responses;
}

function contentOf(types: readonly string[], schema: JsonObject): JsonObject {
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}

function byStatus(errors: ErrorTable, kinds: readonly ErrorKind[]): Map<number, ErrorKind[]> {
  const grouped = new Map<number, ErrorKind[]>();
  for (const kind of new Set(kinds)) {
    const { status } = errors[kind];
    grouped.set(status, [...(grouped.get(status) ?? []), kind]);
  }
  return new Map([...grouped].sort(([left], [right]) => left - right));
}

const IDEMPOTENCY_KEY = {
  in: 'header',
  required: false,
  description: 'Repeating a request with the same key within 24 hours gives the first answer again (C-52).',
  schema: { type: 'string', maxLength: 255 },
};

function parametersOf(shape: Operation['params'], place: 'path' | 'query'): JsonObject[] {
  if (!shape) return [];
  const plain = stripInternalKeywords(shape) as { properties: Record<string, JsonObject>; required?: string[] };
  return Object.entries(plain.properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: place === 'path' || (plain.required?.includes(name) ?? false),
    ...(description ? { description } : {}),
    schema,
  }));
}

/** A schema with an `$id` goes to the components once and is referred to. */
function referTo(schema: object, schemas: JsonObject): JsonObject {
  const plain = replaceNamed(stripInternalKeywords(schema), schemas);
  return plain as JsonObject;
}

function replaceNamed(node: unknown, schemas: JsonObject): unknown {
  if (Array.isArray(node)) return node.map((item) => replaceNamed(item, schemas));
  if (node === null || typeof node !== 'object') return node;
  const { $id, ...rest } = node as { $id?: string } & JsonObject;
  const inner = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, replaceNamed(value, schemas)]));
  if (!$id) return inner;
  schemas[$id] = inner;
  return { $ref: `#/components/schemas/${$id}` };
}

/** What a menu shows for a resource: `API keys` for `api_keys`. */
function titleOf(tag: string): string {
  const words = tag
    .replaceAll('_', ' ')
    .replace(/\bapi\b/, 'API')
    .replace(/\boauth\b/, 'OAuth');
  return words[0]!.toUpperCase() + words.slice(1);
}

/** The resource: `users` of `users.get` and of `v1.users.get`. */
function tagOf({ id }: Operation): string {
  return id.split('.').at(-2)!;
}
