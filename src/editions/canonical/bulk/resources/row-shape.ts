import type { Static, TObject } from 'typebox';
import type { SchemaNode } from '#kernel/http/fields/schema.ts';
import { compile } from '#kernel/http/validate.ts';
import type { ImportTarget } from '#modules/bulk/index.ts';

/**
 * How rows of a resource are read: by a shape of the same field types as the API's, so that a value which the API refuses
 * is refused in a file too. In CSV a list is written `one|two` or as JSON, an object as JSON or in `field.part` columns.
 */
export function rowShape<Shape extends TObject, Row>(
  shape: Shape,
  toRow: (input: Static<Shape>) => Row,
): Pick<ImportTarget<Row>, 'columns' | 'required' | 'read'> {
  const { properties = {}, required = [] } = shape as SchemaNode;
  const validate = compile(shape);
  const containers = Object.entries(properties).flatMap(([name, node]): [string, 'list' | 'object'][] => {
    const type = [node.type ?? []].flat();
    return type.includes('array') ? [[name, 'list']] : type.includes('object') ? [[name, 'object']] : [];
  });
  return {
    columns: Object.keys(properties),
    required: [...required],
    read(record, source) {
      const isText = source === 'text';
      if (isText) for (const [name, kind] of containers) unpack(record, name, kind);
      const result = validate(record, isText ? 'query' : 'body');
      return result.errors ? { errors: result.errors } : { value: toRow(result.value) };
    },
  };
}

/** What cannot be unpacked stays text, which the shape then refuses. */
function unpack(record: Record<string, unknown>, name: string, kind: 'list' | 'object'): void {
  const text = record[name];
  if (typeof text !== 'string') return;
  const trimmed = text.trim();
  if (trimmed.startsWith('[') || trimmed.startsWith('{')) {
    try {
      record[name] = JSON.parse(trimmed);
    } catch {
      return;
    }
  } else if (kind === 'list') record[name] = trimmed.split('|').map((entry) => entry.trim());
}
