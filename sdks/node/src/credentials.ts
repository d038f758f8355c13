import { apiError, ConnectionError, type Failure } from './errors.ts';
import type { Credential } from './transport.ts';

/** A token is renewed this long before it ends, so that none ends on its way. */
const EARLY_MS = 60_000;

export function apiKeyCredential(apiKey: string): Credential {
  return { authorization: async () => `Bearer ${apiKey}`, refused: () => false };
}

/** Tokens by OAuth client credentials: fetched when first needed, shared by all calls, renewed before they end. */
export function clientCredential(
  { clientId, clientSecret }: { clientId: string; clientSecret: string },
  { baseUrl, fetch, timeoutMs }: { baseUrl: string; fetch: typeof globalThis.fetch; timeoutMs: number },
): Credential {
  let current: Promise<{ header: string; endsAtMs: number }> | undefined;

  async function request(): Promise<{ header: string; endsAtMs: number }> {
    const basic = [clientId, clientSecret].map(encodeURIComponent).join(':');
    const response = await fetch(`${baseUrl}/auth/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(basic).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'grant_type=client_credentials',
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((error: unknown) => {
      throw new ConnectionError(`No token from ${baseUrl}/auth/token`, { cause: error });
    });
    const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
    if (!response.ok) throw apiError(tokenFailure(response, body));
    return {
      header: `Bearer ${body.access_token}`,
      endsAtMs: Date.now() + Number(body.expires_in) * 1_000 - EARLY_MS,
    };
  }

  return {
    async authorization() {
      current ??= request();
      const token = await current.catch((error: unknown) => {
        current = undefined;
        throw error;
      });
      if (token.endsAtMs > Date.now()) return token.header;
      current = undefined;
      return this.authorization();
    },
    refused() {
      current = undefined;
      return true;
    },
  };
}

/** The token endpoint answers in the words of OAuth. */
function tokenFailure(response: Response, body: Record<string, unknown>): Failure {
  return {
    status: response.status,
    code: String(body.error ?? `HTTP_${response.status}`),
    message: String(body.error_description ?? 'No token was given for these client credentials.'),
    requestId: response.headers.get('x-request-id') ?? undefined,
    param: undefined,
    details: [],
    retryAfterSeconds: undefined,
  };
}
