import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { ErrorView } from '#editions/canonical/render.ts';
import type { EditionContract } from '#gateway/contract/edition.ts';
import { ERROR_CATALOGUE } from '#kernel/errors.ts';
import { stripInternalKeywords } from '#kernel/http/fields.ts';
import { commonErrors, type Operation } from '#kernel/http/operation.ts';

type Schema = Record<string, unknown>;

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
addFormats.default(ajv);
const validators = new WeakMap<object, ValidateFunction>();

/** How an edition words its refusals. */
export type Refusals = Pick<EditionContract, 'errors' | 'errorSchema'>;

const CANONICAL: Refusals = { errors: ERROR_CATALOGUE, errorSchema: ErrorView };

/**
 * Compares an answer with what its operation declares; the test application calls it for every answer.
 * Throws when the status is not declared, or when the body does not have the declared shape. A field that the shape
 * does not name is a mistake too: clients would come to rely on it.
 * @param body the parsed JSON, the text of another content type, or undefined when there is none
 */
export function checkResponse(operation: Operation, status: number, body: unknown, refusals: Refusals = CANONICAL) {
  const where = `${operation.method} ${operation.path} (${operation.id}) answered ${status}`;
  if (status === 304 && operation.method === 'GET') return expectNoBody(where, body);
  const declared = operation.responses[status];
  const shape = declared
    ? declared.schema
    : errorStatuses(operation, refusals).has(status)
      ? refusals.errorSchema
      : null;
  if (shape === null) {
    const known = [...Object.keys(operation.responses), ...errorStatuses(operation, refusals)].join(', ');
    throw new Error(`${where}, which it does not declare (only ${known}). Body: ${shorten(body)}`);
  }
  if (shape === undefined) return expectNoBody(where, body);
  const problem = mismatch(shape, body);
  if (problem) throw new Error(`${where} with a body unlike its declaration: ${problem}. Body: ${shorten(body)}`);
}

/** The statuses of the refusals that an operation may give. */
export function errorStatuses(operation: Operation, { errors }: Pick<Refusals, 'errors'>): Set<number> {
  const kinds = [...commonErrors(operation), ...operation.errors];
  return new Set(kinds.map((kind) => errors[kind].status));
}

/** What is wrong with `value` as an instance of `shape`, or undefined. */
export function mismatch(shape: object, value: unknown): string | undefined {
  let validate = validators.get(shape);
  if (!validate) {
    validate = ajv.compile(closed(stripInternalKeywords(shape)) as Schema);
    validators.set(shape, validate);
  }
  if (validate(value)) return undefined;
  return (validate.errors ?? [])
    .slice(0, 5)
    .map(({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`)
    .join('; ');
}

function expectNoBody(where: string, body: unknown): void {
  if (body !== undefined && body !== '')
    throw new Error(`${where} with a body, but it declares none: ${shorten(body)}`);
}

/** A copy that refuses fields it does not name. `$id` goes, because one shape may stand at several places. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (node === null || typeof node !== 'object') return node;
  const { $id: _id, ...schema } = node as Schema;
  const copy: Schema = {};
  for (const [keyword, value] of Object.entries(schema)) {
    const isMap = keyword === 'properties' || keyword === 'patternProperties' || keyword === '$defs';
    const isValue = keyword === 'default' || keyword === 'examples' || keyword === 'enum' || keyword === 'const';
    if (isMap) copy[keyword] = Object.fromEntries(Object.entries(value as Schema).map(([k, v]) => [k, closed(v)]));
    else copy[keyword] = isValue ? value : closed(value);
  }
  const isObject = copy.type === 'object' || copy.properties !== undefined;
  if (Array.isArray(copy.allOf)) {
    // Each part may have only its own fields; only together they name them all.
    const parts = (copy.allOf as Schema[]).map(({ additionalProperties: _own, ...part }) => part);
    return { ...copy, allOf: parts, unevaluatedProperties: false };
  }
  if (isObject && !('additionalProperties' in copy) && !('unevaluatedProperties' in copy) && !copy.patternProperties) {
    copy.additionalProperties = false;
  }
  return copy;
}

function shorten(value: unknown): string {
  return (JSON.stringify(value) ?? 'none').slice(0, 400);
}
