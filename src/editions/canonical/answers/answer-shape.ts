import type { Operation } from '#kernel/http/operation.ts';

/** The plain JSON Schema of an answer, as far as it is read here. */
export interface ShapeNode {
  type?: string;
  pattern?: string;
  properties?: Record<string, ShapeNode>;
  items?: ShapeNode;
  anyOf?: ShapeNode[];
}

/** An operation that gives one object by its id. */
export interface ObjectSource {
  operation: Operation;
  shape: ShapeNode;
}
/** By the prefix of the id. */
export type ObjectSources = ReadonlyMap<string, ObjectSource>;

/** What may stand in place of one name of an answer. */
export interface Reference {
  /** The field that holds the id. */
  idField: string;
  source: ObjectSource;
}

const OBJECT_PATH = /^\/[a-z-]+\/:id$/;
const ID_PATTERN = /^\^([a-z]{2,6})_/;

/** Every object that can be had by its id alone, from the operations that give one. */
export function objectSources(operations: readonly Operation[]): ObjectSources {
  const sources = new Map<string, ObjectSource>();
  for (const operation of operations) {
    const shape = objectOf(operation);
    const prefix = prefixOf((operation.params as ShapeNode | undefined)?.properties?.id);
    if (OBJECT_PATH.test(operation.path) && prefix && shape?.properties?.id) sources.set(prefix, { operation, shape });
  }
  return sources;
}

/** The shape of the one object that a GET answers, or null. */
export function objectOf(operation: Operation): ShapeNode | null {
  const shape = answerOf(operation);
  return shape?.properties?.id ? shape : null;
}

/** The shape of each object of the list that a GET answers, or null. */
export function itemOf(operation: Operation): ShapeNode | null {
  const items = answerOf(operation)?.properties?.data?.items;
  return items?.properties?.id ? items : null;
}

function answerOf({ method, access, responses }: Operation): ShapeNode | null {
  const answer = responses[200];
  if (method !== 'GET' || 'public' in access || !answer?.schema || answer.contentType) return null;
  return answer.schema as ShapeNode;
}

/** The object that a field names by its id: `customer` of an object with `customer_id`. */
export function referenceOf(shape: ShapeNode, name: string, sources: ObjectSources): Reference | null {
  const idField = `${name}_id`;
  const source = sources.get(prefixOf(shape.properties?.[idField]) ?? '');
  return source ? { idField, source } : null;
}

/** Every name that can be expanded on an object, and inside its parts as `items.product`. */
export function referenceNames(shape: ShapeNode, sources: ObjectSources): string[] {
  return Object.entries(shape.properties ?? {}).flatMap(([field, node]) => {
    const name = field.endsWith('_id') ? field.slice(0, -3) : '';
    if (name && referenceOf(shape, name, sources)) return [name];
    const part = partOf(node);
    return part ? referenceNames(part, sources).map((inner) => `${field}.${inner}`) : [];
  });
}

/** The object inside a field, or that its list is made of; null for plain values. */
export function partOf(node: ShapeNode | undefined): ShapeNode | null {
  const inner = withoutNull(node);
  const part = inner?.type === 'array' ? withoutNull(inner.items) : inner;
  return part?.properties ? part : null;
}

function prefixOf(node: ShapeNode | undefined): string | undefined {
  return ID_PATTERN.exec(withoutNull(node)?.pattern ?? '')?.[1];
}

function withoutNull(node: ShapeNode | undefined): ShapeNode | undefined {
  return node?.anyOf ? node.anyOf.find((each) => each.type !== 'null') : node;
}
