import type { ServerCredentials } from './server.ts';

/** Calls the server under test as one of its first clients. */
export interface Api {
  baseUrl: string;
  port: number;
  organizationId: string;
  /** For the requests of the load generator. */
  headers: Record<string, string>;
  /** The body of a good answer. Errors: any other status than 2xx, with the answer's text. */
  call<Answer>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

export async function signIn(credentials: ServerCredentials, as: keyof ServerCredentials['clients']): Promise<Api> {
  const { client_id, client_secret } = credentials.clients[as];
  const baseUrl = credentials.base_url;
  const response = await fetch(`${baseUrl}/auth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token } = (await answerOf(response, 'POST /auth/token')) as { access_token: string };
  const standard = { authorization: `Bearer ${access_token}` };
  return {
    baseUrl,
    port: Number(new URL(baseUrl).port),
    organizationId: credentials.organization_id,
    headers: standard,
    async call<Answer>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
      const request = await fetch(`${baseUrl}${path}`, {
        method,
        headers: { ...standard, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      return (await answerOf(request, `${method} ${path}`)) as Answer;
    },
  };
}

async function answerOf(response: Response, what: string): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${what} answered ${response.status}: ${text.slice(0, 600)}`);
  return text === '' ? null : JSON.parse(text);
}
