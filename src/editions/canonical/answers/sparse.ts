import { DomainError } from '#kernel/errors.ts';
import { type ObjectSources, partOf, referenceOf, type ShapeNode } from './answer-shape.ts';

/** Names that are kept, as a tree; an empty one keeps everything below. */
export interface FieldTree {
  [name: string]: FieldTree;
}

/**
 * Reads `id,total,customer.name` and checks each name. `id` is always kept.
 * Errors: `bad_request` for a name that the answer cannot have.
 */
export function fieldTree(paths: readonly string[], shape: ShapeNode, sources: ObjectSources): FieldTree {
  const root: FieldTree = Object.create(null);
  const whole = new Set<FieldTree>();
  for (const path of paths) {
    let node = root;
    let at: ShapeNode | null = shape;
    for (const name of path.split('.')) {
      at = at && innerShape(at, name, sources, path);
      node[name] ??= Object.create(null) as FieldTree;
      node = node[name];
    }
    whole.add(node);
  }
  // `items,items.quantity` asks for the items as a whole, too.
  for (const node of whole) for (const name of Object.keys(node)) delete node[name];
  return root;
}

/** What stands below a name; null below which any name goes, such as the keys of metadata. */
function innerShape(shape: ShapeNode, name: string, sources: ObjectSources, path: string): ShapeNode | null {
  const reference = referenceOf(shape, name, sources);
  if (reference) return reference.source.shape;
  const names = shape.properties ?? {};
  if (!Object.hasOwn(names, name)) {
    const message = `\`${path.slice(0, 64)}\` is no field of this answer; it has ${Object.keys(names).join(', ')}.`;
    const details = [{ field: 'fields', code: 'not_allowed' as const, message }];
    throw new DomainError('bad_request', `fields: ${message}`, { details });
  }
  return partOf(names[name]);
}

/** The value with nothing but the named fields. */
export function sparse(value: unknown, tree: FieldTree): unknown {
  const names = Object.keys(tree);
  if (names.length === 0 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => sparse(item, tree));
  const kept: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    if (name === 'id' || Object.hasOwn(tree, name)) kept[name] = sparse(inner, tree[name] ?? {});
  }
  return kept;
}
