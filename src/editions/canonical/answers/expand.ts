import type { TObject } from 'typebox';
import { DomainError, type ErrorKind } from '#kernel/errors.ts';
import type { Answer, Operation, OperationRequest } from '#kernel/http/operation.ts';
import { compile } from '#kernel/http/validate.ts';
import {
  type ObjectSource,
  type ObjectSources,
  partOf,
  referenceNames,
  referenceOf,
  type ShapeNode,
} from './answer-shape.ts';

/** How many objects may follow one another: an order's payment's customer is the third. */
export const MAX_DEPTH = 3;
/** Distinct objects that one answer may bring with it. */
const MAX_OBJECTS = 500;
/** Of one kind; who is shown more of them in one answer is recorded as for a list. */
const RECORDED_ONE_BY_ONE = 20;
/** As large as a body may be: one product can stand in every line of a page of orders. */
const MAX_CHARACTERS = 10 * 1024 * 1024;
const GONE: ReadonlySet<ErrorKind> = new Set(['not_found', 'gone']);

type Json = Record<string, unknown>;
type Request = OperationRequest<unknown, unknown, unknown>;

/** Paths as a tree: `order.customer` and `order.payment` share the order. */
export interface ExpandTree {
  [name: string]: ExpandTree;
}

/** Reads paths such as `items.product`; each name is checked when it is reached. Errors: `bad_request`. */
export function expandTree(paths: readonly string[]): ExpandTree {
  const root: ExpandTree = Object.create(null);
  for (const path of paths) {
    let node = root;
    for (const name of path.split('.')) {
      node[name] ??= Object.create(null) as ExpandTree;
      node = node[name];
    }
  }
  return root;
}

/**
 * Puts objects beside the ids that name them. One object is read once for an answer, however often it is named; where more
 * is put into it, it is a copy, so that objects that name each other make no circle.
 */
export class Expansion {
  readonly #sources: ObjectSources;
  readonly #request: Request;
  readonly #read = new Map<string, Promise<Json | null>>();
  /** Ids by the operation that gave the object. */
  readonly #seen = new Map<string, string[]>();

  constructor(sources: ObjectSources, request: Request) {
    this.#sources = sources;
    this.#request = request;
  }

  /**
   * Errors: `bad_request` for a name that is no object's, too deep or too many; `forbidden` when the credential may not
   * read an object of that kind.
   */
  async expand(values: readonly Json[], shape: ShapeNode, tree: ExpandTree): Promise<void> {
    await this.#expand(values, shape, tree, 0);
    const sizes = new Map<object, number>();
    const characters = values.reduce((sum, value) => sum + sizeOf(value, sizes), 0);
    if (characters > MAX_CHARACTERS) {
      throw wrongPath('The answer would be larger than 10 MB; ask for a smaller page with `limit`.');
    }
  }

  async #expand(values: readonly Json[], shape: ShapeNode, tree: ExpandTree, depth: number): Promise<void> {
    for (const [name, below] of Object.entries(tree)) {
      const reference = referenceOf(shape, name, this.#sources);
      if (reference) {
        const { idField, source } = reference;
        if (depth === MAX_DEPTH) throw wrongPath(`\`${name}\` lies deeper than ${MAX_DEPTH} objects.`);
        this.#expectScope(source.operation);
        const found = await Promise.all(values.map((value) => this.#object(source, value[idField])));
        const objects = new Map(found.map((object) => [object, object]));
        objects.delete(null);
        if (Object.keys(below).length > 0) {
          for (const object of objects.keys()) objects.set(object, structuredClone(object));
          await this.#expand([...objects.values()] as Json[], source.shape, below, depth + 1);
        }
        for (const [index, object] of found.entries()) values[index]![name] = objects.get(object) ?? null;
        continue;
      }
      const part = partOf(shape.properties?.[name]);
      if (!part || Object.keys(below).length === 0) throw this.#unknown(shape, name);
      const parts = values.flatMap((value) => value[name] ?? []) as Json[];
      await this.#expand(parts, part, below, depth);
    }
  }

  /** What the expanded objects are in the audit trail: reads like any other. */
  seen(): NonNullable<Answer['alsoSeen']> {
    return [...this.#seen].flatMap(([operation, ids]) =>
      (ids.length > RECORDED_ONE_BY_ONE ? [null] : ids).map((objectId) => ({ operation, objectId })),
    );
  }

  async #object(source: ObjectSource, id: unknown): Promise<Json | null> {
    if (typeof id !== 'string') return null;
    let read = this.#read.get(id);
    if (!read) {
      if (this.#read.size === MAX_OBJECTS) {
        throw wrongPath(`More than ${MAX_OBJECTS} objects would be needed; ask for a smaller page with \`limit\`.`);
      }
      read = readObject(source.operation, this.#request, id);
      this.#read.set(id, read);
      const { id: operation } = source.operation;
      this.#seen.set(operation, [...(this.#seen.get(operation) ?? []), id]);
    }
    return read;
  }

  #expectScope({ access, id }: Operation): void {
    if (!('scope' in access) || this.#request.principal.scopes.has(access.scope)) return;
    throw new DomainError('forbidden', `This credential lacks the scope \`${access.scope}\`, which ${id} needs.`);
  }

  #unknown(shape: ShapeNode, name: string): DomainError {
    const names = referenceNames(shape, this.#sources);
    const hint = names.length > 0 ? `use ${names.join(', ')}` : 'this object names no other';
    return wrongPath(`\`${name.slice(0, 64)}\` cannot be expanded here; ${hint}.`);
  }
}

function wrongPath(message: string): DomainError {
  return new DomainError('bad_request', `expand[]: ${message}`, {
    details: [{ field: 'expand', code: 'not_allowed', message }],
  });
}

const defaultQueries = new WeakMap<TObject, unknown>();

/** The object as its own operation gives it, in the name of the same caller; null when it is gone. */
async function readObject({ query, handle }: Operation, request: Request, id: string): Promise<Json | null> {
  let defaults: unknown = {};
  if (query) {
    defaults = defaultQueries.get(query) ?? compile(query)({}, 'query').value ?? {};
    defaultQueries.set(query, defaults);
  }
  try {
    const answer = await handle({ ...request, params: { id }, query: defaults, body: undefined } as never);
    return answer.body as Json;
  } catch (error) {
    if (error instanceof DomainError && GONE.has(error.kind)) return null;
    throw error;
  }
}

/** How long the JSON of a value will be, about; an object that stands in many places is looked at once. */
function sizeOf(value: unknown, sizes: Map<object, number>): number {
  if (typeof value === 'string') return value.length + 3;
  if (typeof value !== 'object' || value === null) return 6;
  const known = sizes.get(value);
  if (known !== undefined) return known;
  let size = 2;
  for (const [name, inner] of Object.entries(value)) size += name.length + 4 + sizeOf(inner, sizes);
  sizes.set(value, size);
  return size;
}
