/** The parts of an OpenAPI document that a client builds on. */
interface Contract {
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, Node>; securitySchemes?: Record<string, unknown> };
}

interface Described {
  security?: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; schema: Node }[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Node }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: Node }> }>;
}

interface Node {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Node>;
  required?: string[];
  items?: Node;
  enum?: unknown[];
  anyOf?: Node[];
  oneOf?: Node[];
  additionalProperties?: boolean | Node;
}

/**
 * What in `next` would break a client of `released` (document 004, "Breaking Change Definition"): a removed endpoint, a
 * removed or retyped field of an answer, a new required or retyped field of a request, another way to authenticate, an
 * error whose code has another meaning. Everything else is additive and passes.
 */
export function breakingChanges(released: object, next: object): string[] {
  const [before, after] = [released as Contract, next as Contract];
  const findings: string[] = [];
  for (const [name, scheme] of Object.entries(before.components.securitySchemes ?? {})) {
    if (!same(signOf(scheme), signOf(after.components.securitySchemes?.[name])))
      findings.push(`${name}: authentication changed`);
  }
  for (const [path, methods] of Object.entries(before.paths)) {
    for (const [method, described] of Object.entries(methods)) {
      const where = `${method.toUpperCase()} ${path}`;
      const now = after.paths[path]?.[method];
      if (!now) findings.push(`${where}: removed`);
      else findings.push(...compare({ before, after }, where, described, now));
    }
  }
  return findings;
}

type Pair = { before: Contract; after: Contract };

function compare(pair: Pair, where: string, before: Described, after: Described): string[] {
  return [
    ...(same(before.security?.map(Object.keys), after.security?.map(Object.keys))
      ? []
      : [`${where}: authentication changed`]),
    ...parameters(pair, where, before, after),
    ...body(pair, where, before, after),
    ...answers(pair, where, before, after),
  ];
}

function parameters(pair: Pair, where: string, before: Described, after: Described): string[] {
  const key = ({ name, in: place }: { name: string; in: string }) => `${place} ${name}`;
  const known = new Map((before.parameters ?? []).map((each) => [key(each), each]));
  const now = new Map((after.parameters ?? []).map((each) => [key(each), each]));
  const findings: string[] = [];
  for (const [name, each] of now) {
    if (each.required && !known.get(name)?.required) findings.push(`${where}: ${name} is required now`);
  }
  for (const [name, each] of known) {
    const found = now.get(name);
    if (!found) findings.push(`${where}: ${name} was removed`);
    else findings.push(...input(pair, `${where} ${name}`, each.schema, found.schema));
  }
  return findings;
}

function body(pair: Pair, where: string, before: Described, after: Described): string[] {
  const now = after.requestBody?.content['application/json']?.schema;
  const known = before.requestBody?.content['application/json']?.schema;
  if (!now) return known ? [`${where}: the body was removed`] : [];
  if (!known) return after.requestBody?.required ? [`${where}: a body is required now`] : [];
  return input(pair, where, known, now);
}

/** A request that was right must stay right: nothing new is required, nothing that was taken is refused. */
function input(pair: Pair, where: string, before: Node, after: Node): string[] {
  const [known, now] = [resolve(pair.before, before), resolve(pair.after, after)];
  const findings: string[] = [];
  const lost = typesOf(known).filter((type) => !typesOf(now).includes(type));
  if (lost.length > 0) findings.push(`${where}: does not take ${lost.join()} any more`);
  const words = (known.enum ?? []).filter((word) => now.enum && !now.enum.includes(word));
  if (words.length > 0) findings.push(`${where}: does not take ${words.join()} any more`);
  for (const name of now.required ?? []) {
    if (!known.required?.includes(name)) findings.push(`${where}.${name}: is required now`);
  }
  for (const [name, field] of Object.entries(known.properties ?? {})) {
    const found = now.properties?.[name];
    if (!found) findings.push(`${where}.${name}: was removed`);
    else findings.push(...input(pair, `${where}.${name}`, field, found));
  }
  if (known.items && now.items) findings.push(...input(pair, `${where}[]`, known.items, now.items));
  return findings;
}

function answers(pair: Pair, where: string, before: Described, after: Described): string[] {
  return Object.entries(before.responses).flatMap(([status, known]) => {
    const now = after.responses[status];
    if (!now) return [`${where}: does not answer ${status} any more`];
    const findings = codesIn(known.description)
      .filter((code) => !codesIn(now.description).includes(code))
      .map((code) => `${where}: ${code} is not ${status} any more`);
    const schema = known.content?.['application/json']?.schema;
    const found = now.content?.['application/json']?.schema;
    if (schema && !found) return [...findings, `${where} ${status}: has no body any more`];
    if (schema && found) findings.push(...output(pair, `${where} ${status}`, schema, found));
    return findings;
  });
}

/** Whoever read an answer must still find what was promised, of the type that was promised. */
function output(pair: Pair, where: string, before: Node, after: Node): string[] {
  const [known, now] = [resolve(pair.before, before), resolve(pair.after, after)];
  const findings: string[] = [];
  const added = typesOf(now).filter((type) => !typesOf(known).includes(type));
  if (added.length > 0) findings.push(`${where}: may be ${added.join()} now`);
  for (const [name, field] of Object.entries(known.properties ?? {})) {
    const found = now.properties?.[name];
    if (!found) findings.push(`${where}.${name}: was removed`);
    else if (known.required?.includes(name) && !now.required?.includes(name))
      findings.push(`${where}.${name}: may be missing now`);
    else findings.push(...output(pair, `${where}.${name}`, field, found));
  }
  if (known.items && now.items) findings.push(...output(pair, `${where}[]`, known.items, now.items));
  return findings;
}

function resolve(contract: Contract, node: Node): Node {
  const name = node.$ref?.replace('#/components/schemas/', '');
  return name ? (contract.components.schemas[name] ?? {}) : node;
}

function typesOf({ type, anyOf, oneOf }: Node): string[] {
  const own = [type ?? []].flat();
  return [...own, ...(anyOf ?? oneOf ?? []).flatMap(typesOf)].sort();
}

function codesIn(description: string): string[] {
  return description.split(':')[0]!.match(/\b[A-Z]+(?:_[A-Z]+)+\b|\bCONFLICT\b|\bFORBIDDEN\b|\bUNAUTHORIZED\b/g) ?? [];
}

/** What a scheme asks of a client, without its words. */
function signOf(scheme: unknown): unknown {
  const { description: _words, flows: _flows, ...rest } = (scheme ?? {}) as Record<string, unknown>;
  return rest;
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
