import { type TObject, type TUnsafe, Type } from 'typebox';
import { refuse } from '#kernel/http/fields/refusal.ts';
import { leaf } from '#kernel/http/fields/schema.ts';
import type { Answer, HttpFacts } from '#kernel/http/operation.ts';
import { type Cause, type ClientCredentials, OAuthError } from '#modules/identity/index.ts';
import { ErrorView } from '../render.ts';

const MAX_PARAMETERS = 50;

/**
 * The parameters of a protocol endpoint: texts that OAuth's own rules check later. Unlike our shapes it ignores what
 * it does not know (RFC 6749 section 3.1) and never trims, because secrets and verifiers are compared as they are.
 */
export function protocolForm<const Name extends string>(
  fields: Record<Name, string>,
): TUnsafe<Partial<Record<Name, string>>> {
  const names = Object.keys(fields) as Name[];
  const properties = Object.fromEntries(
    names.map((name) => [name, { type: 'string', description: fields[name], maxLength: 4096 }]),
  );
  return leaf(
    { kind: 'protocolForm', normaliser: () => (value) => readForm(names, value) },
    { type: 'object', properties, additionalProperties: true },
  );
}

/** The same for a query string. */
export function protocolQuery<const Name extends string>(fields: Record<Name, string>) {
  return protocolForm(fields) as unknown as TObject<Record<Name, ReturnType<typeof Type.Optional<TUnsafe<string>>>>>;
}

function readForm(names: readonly string[], value: unknown) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse('type', 'Send a form.');
  if (Object.keys(value).length > MAX_PARAMETERS) return refuse('too_many', 'Send fewer parameters.');
  const output: Record<string, string> = {};
  for (const name of names) {
    const sent = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    if (sent === undefined || sent === '') continue;
    if (typeof sent !== 'string') return refuse('type', `Send ${name} once, as text.`);
    if (sent.length > 4096) return refuse('too_long', `${name} is too long.`);
    output[name] = sent;
  }
  return output;
}

/** What RFC 6749 section 5.2 asks for, with the members of our own envelope beside it (ERR-12, ERR-13). */
export const ProtocolError = Type.Object(
  {
    error: Type.String({ description: 'The code of RFC 6749 and its relatives, such as invalid_grant.' }),
    error_description: Type.String(),
    message: Type.String({ description: 'The same text, where our other errors have it.' }),
    request_id: Type.String({ description: 'Name it when you ask for help.' }),
  },
  { $id: 'OAuthError' },
);

/** Protocol refusals, and our envelope for what goes wrong before the protocol begins (a body that is no JSON). */
export const protocolErrors = {
  400: { description: 'The request is refused by its RFC code.', schema: Type.Union([ProtocolError, ErrorView]) },
  401: { description: 'The client or the token is not valid.', schema: ProtocolError },
};

/** Answers carry secrets: nobody on the way keeps them (RFC 6749 section 5.1). */
export const UNCACHED = { 'cache-control': 'no-store', pragma: 'no-cache' };

/** The answer of a protocol endpoint, with OAuth's own form for its refusals; other failures go on. */
export async function protocolAnswer(http: HttpFacts, work: () => Promise<Answer>): Promise<Answer> {
  try {
    const answer = await work();
    return { ...answer, headers: { ...UNCACHED, ...answer.headers } };
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return refusal(http, error);
  }
}

function refusal({ requestId, header }: HttpFacts, error: OAuthError): Answer {
  const { code, message } = error;
  const body = { error: code, error_description: message, message, request_id: requestId };
  if (error.kind !== 'unauthenticated') return { status: 400, headers: UNCACHED, body };
  const bearer = code === 'invalid_token';
  const sentBasic = /^basic /i.test(header('authorization') ?? '');
  const scheme = bearer ? 'Bearer realm="techcorp", error="invalid_token"' : 'Basic realm="techcorp"';
  // A client that sent no Basic header is told all the same which methods there are.
  const challenge = bearer || sentBasic ? scheme : `${scheme}, error="invalid_client"`;
  return { status: 401, headers: { ...UNCACHED, 'www-authenticate': challenge }, body };
}

/** How the client presents itself in this request. */
export function credentialsOf(
  http: HttpFacts,
  body: { client_id?: string; client_secret?: string },
): ClientCredentials {
  return { authorization: http.header('authorization'), clientId: body.client_id, clientSecret: body.client_secret };
}

/** What a public operation knows about its cause; the module adds tenant and actor once they are proven. */
export function causeOf(http: HttpFacts, operation: string): Cause {
  const { ipAddress, userAgent, requestId, traceparent } = http;
  return { origin: { ipAddress, userAgent }, requestId, traceparent, operation, effects: { events: 0 } };
}
