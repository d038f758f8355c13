import { listOf, object, optional, text } from '#kernel/http/fields.ts';
import type { Answer, Operation } from '#kernel/http/operation.ts';
import { itemOf, type ObjectSources, objectOf, objectSources, referenceNames, type ShapeNode } from './answer-shape.ts';
import { Expansion, expandTree, MAX_DEPTH } from './expand.ts';
import { fieldTree, sparse } from './sparse.ts';

const MAX_EXPANSIONS = 5;

interface ShapingQuery {
  expand?: string[];
  fields?: string;
}

/**
 * Lets callers of every reading operation say how much they want (G-18): `expand[]=customer` puts the object beside its
 * id, `fields=id,total` leaves out the rest. What can be expanded follows from the ids in the declared answer, and an
 * expanded object is what its own operation would answer to this caller.
 */
export function withShapedAnswers(operations: readonly Operation[]): Operation[] {
  const sources = objectSources(operations);
  return operations.map((operation) => {
    const item = itemOf(operation);
    const shape = item ?? objectOf(operation);
    return shape ? shaped(operation, shape, item !== null, sources) : operation;
  });
}

function shaped(operation: Operation, shape: ShapeNode, isList: boolean, sources: ObjectSources): Operation {
  const names = referenceNames(shape, sources);
  return {
    ...operation,
    query: object({
      ...operation.query?.properties,
      ...(names.length > 0 && { expand: optional(listOf(text({ max: 200 }), expandOptions(names))) }),
      fields: optional(text({ max: 4_000, description: FIELDS_DESCRIPTION, example: 'id,created_at' })),
    }),
    handle(request) {
      const { expand, fields, ...query } = request.query as ShapingQuery;
      if (!expand && !fields) return operation.handle(request);
      const expandPaths = expand?.flatMap((path) => path.split(',').map((each) => each.trim())) ?? [];
      const wanted = fields?.split(',').map((each) => each.trim());
      const expansion = new Expansion(sources, request);
      const answer = shapeAnswer(operation.handle({ ...request, query }), async (values) => {
        await expansion.expand(values, shape, expandTree(expandPaths));
        return wanted ? (sparse(values, fieldTree(wanted, shape, sources)) as object[]) : values;
      });
      return answer.then((shaping) => ({ ...shaping, alsoSeen: expansion.seen() }));
    },
  };

  async function shapeAnswer(
    answering: Promise<Answer> | Answer,
    change: (values: Record<string, unknown>[]) => Promise<object[]>,
  ): Promise<Answer> {
    // Without its version: the ETag names the whole object, and an expanded one changes by events of others.
    const { version: _version, ...answer } = await answering;
    if (answer.status !== 200) return answer;
    const body = structuredClone(answer.body) as Record<string, unknown>;
    if (!isList) return { ...answer, body: (await change([body]))[0] };
    return { ...answer, body: { ...body, data: await change(body.data as Record<string, unknown>[]) } };
  }
}

const FIELDS_DESCRIPTION =
  'Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`.';

function expandOptions(names: readonly string[]) {
  const description =
    `Puts objects beside their ids, sent once for each: \`expand[]=${names[0]}\`. Here: ${names.join(', ')}; ` +
    `and on from there, up to ${MAX_DEPTH} objects, with dots. Null for an object that is gone.`;
  return { max: MAX_EXPANSIONS, description, example: [names[0]] };
}
