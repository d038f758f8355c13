// Prints what the Node SDK knows of an edition: its types, its resources, and the table by which calls are made.
import { camelCase } from '../sdks/node/src/casing.ts';

type Schema = {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  description?: string;
};
type Parameter = { name: string; in: string; required?: boolean; description?: string; schema: Schema };
type OperationObject = {
  operationId: string;
  summary: string;
  deprecated?: boolean;
  security?: object[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
};
export interface OpenApi {
  paths: Record<string, Record<string, OperationObject>>;
  components: { schemas: Record<string, Schema> };
}

interface Method {
  resource: string;
  verb: string;
  call: Record<string, string>;
  signature: string;
  comment: string;
}

/**
 * The module `generated/<edition>.ts` of the SDK.
 *
 * @param edition names the constants and interfaces: `canonical` gives `canonicalContract` and `CanonicalResources`
 */
export function sdkModule(edition: string, contract: OpenApi): string {
  const opaque = new Set<string>();
  const types = new Map<string, string>();
  for (const [name, schema] of Object.entries(contract.components.schemas)) {
    types.set(name, typeOf(schema, opaque));
  }
  const methods = methodsOf(contract, types, opaque);
  const title = edition[0]!.toUpperCase() + edition.slice(1);
  return [
    '// Printed by `npm run generate` from the contract; not to be changed by hand.',
    "import type { Contract, RequestOptions } from '../operation.ts';",
    ...(methods.some(({ call }) => call.pages) ? ["import type { List } from '../pages.ts';"] : []),
    '',
    ...[...types].map(([name, text]) => `export type ${name} = ${text};\n`),
    `export interface ${title}Resources {`,
    ...[...grouped(methods)].map(([resource, list]) => interfaceOf(resource, list)),
    '}',
    '',
    `export const ${edition}Contract: Contract = {`,
    `  opaque: new Set(${JSON.stringify([...opaque].sort())}),`,
    '  resources: {',
    ...[...grouped(methods)].map(([resource, list]) => tableOf(resource, list)),
    '  },',
    '};',
    '',
  ].join('\n');
}

function methodsOf(contract: OpenApi, types: Map<string, string>, opaque: Set<string>): Method[] {
  const methods: Method[] = [];
  for (const [path, operations] of Object.entries(contract.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const answer = answerOf(operation);
      // Pages, protocols and files are for other clients.
      if (!operation.security?.length || answer === null) continue;
      methods.push(methodOf(path, method.toUpperCase(), operation, answer, types, opaque));
    }
  }
  return methods.sort((one, other) => (one.resource + one.verb < other.resource + other.verb ? -1 : 1));
}

function methodOf(
  path: string,
  method: string,
  operation: OperationObject,
  answer: Schema | 'nothing',
  types: Map<string, string>,
  opaque: Set<string>,
): Method {
  const [resource = '', verb = ''] = operation.operationId.split('.').slice(-2).map(camelCase);
  const inputName = `${capital(resource)}${capital(verb)}Input`;
  const input = inputOf(operation);
  if (input) types.set(inputName, typeOf(input.schema, opaque));
  const item = answer === 'nothing' ? undefined : itemOf(answer);
  const result = answer === 'nothing' ? 'void' : item ? typeOf(item, opaque) : typeOf(answer, opaque);
  const pages = item && pagesOf(operation);
  const isOptional = !input?.schema.required?.length;
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => `${camelCase(match[1]!)}: string`);
  const parameters = [
    ...names,
    ...(input ? [`input${isOptional ? '?' : ''}: ${inputName}`] : []),
    'options?: RequestOptions',
  ];
  const call = { method, path, ...(input && { input: input.kind }), ...(pages && { pages }) };
  const returned = pages ? `List<${result}>` : `Promise<${item ? `{ data: (${result})[] }` : result}>`;
  return {
    resource,
    verb,
    call,
    signature: `${verb}(${parameters.join(', ')}): ${returned};`,
    comment: `${operation.deprecated ? '@deprecated ' : ''}${operation.summary}.`,
  };
}

function answerOf({ responses }: OperationObject): Schema | 'nothing' | null {
  const success = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1];
  if (!success?.content) return success ? 'nothing' : null;
  return success.content['application/json']?.schema ?? null;
}

/** What the items of a list are, when the answer is one. */
function itemOf({ properties }: Schema): Schema | undefined {
  const isList = properties?.data?.type === 'array' && (properties.has_more || properties.pagination);
  return isList ? properties?.data?.items : undefined;
}

function pagesOf({ parameters = [] }: OperationObject): string | undefined {
  const names = new Set(parameters.map((parameter) => parameter.name));
  return names.has('cursor') ? 'cursor' : names.has('page') ? 'number' : undefined;
}

function inputOf({ requestBody, parameters = [] }: OperationObject): { kind: string; schema: Schema } | undefined {
  const body = requestBody?.content['application/json']?.schema;
  if (body) return { kind: 'body', schema: body };
  const query = parameters.filter((parameter) => parameter.in === 'query');
  if (query.length === 0) return undefined;
  const properties = Object.fromEntries(
    query.map(({ name, schema, description }) => [name.replace(/\[\]$/, ''), { description, ...schema }]),
  );
  return {
    kind: 'query',
    schema: { properties, required: query.filter((each) => each.required).map(({ name }) => name) },
  };
}

function typeOf(schema: Schema, opaque: Set<string>): string {
  if (schema.$ref) return schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map((choice) => typeOf(choice, opaque)))].join(' | ');
  if (Array.isArray(schema.type)) {
    return schema.type.map((type) => typeOf({ ...schema, type }, opaque)).join(' | ');
  }
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return schema.items ? `(${typeOf(schema.items, opaque)})[]` : 'unknown[]';
    default:
      return schema.properties ? objectOf(schema, opaque) : mapOf(schema, opaque);
  }
}

function objectOf({ properties = {}, required = [] }: Schema, opaque: Set<string>): string {
  const fields = Object.entries(properties).map(([name, field]) => {
    if (isMap(field)) opaque.add(name);
    const comment = field.description
      ? `/** ${field.description.replaceAll('*/', '*\\/').replaceAll(/\s+/g, ' ')} */ `
      : '';
    return `${comment}${JSON.stringify(camelCase(name))}${required.includes(name) ? '' : '?'}: ${typeOf(field, opaque)};`;
  });
  return `{ ${fields.join(' ')} }`;
}

/** An object whose keys are the customer's own, such as metadata. */
function isMap(schema: Schema): boolean {
  const isObject = schema.type === 'object' || (Array.isArray(schema.type) && schema.type.includes('object'));
  return isObject && !schema.properties && schema.additionalProperties !== false;
}

function mapOf({ type, additionalProperties }: Schema, opaque: Set<string>): string {
  if (type !== 'object') return 'unknown';
  const value = typeof additionalProperties === 'object' ? typeOf(additionalProperties, opaque) : 'unknown';
  return `Record<string, ${value}>`;
}

function grouped(methods: readonly Method[]): Map<string, Method[]> {
  return Map.groupBy(methods, (method) => method.resource);
}

function interfaceOf(resource: string, methods: readonly Method[]): string {
  const lines = methods.map(({ comment, signature }) => `    /** ${comment} */\n    ${signature}`);
  return `  ${resource}: {\n${lines.join('\n')}\n  };`;
}

function tableOf(resource: string, methods: readonly Method[]): string {
  const lines = methods.map(({ verb, call }) => `      ${verb}: ${JSON.stringify(call)},`);
  return `    ${resource}: {\n${lines.join('\n')}\n    },`;
}

function capital(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1);
}
