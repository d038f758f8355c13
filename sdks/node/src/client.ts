import { fromApi, snakeCase, toApi } from './casing.ts';
import { apiKeyCredential, clientCredential } from './credentials.ts';
import { TechCorpError } from './errors.ts';
import { remembering } from './etags.ts';
import { type CanonicalResources, canonicalContract } from './generated/canonical.ts';
import { type V2Resources, v2Contract } from './generated/v2.ts';
import type { Contract, OperationCall, RequestOptions } from './operation.ts';
import { List, type Page } from './pages.ts';
import { send, type TransportSettings } from './transport.ts';

const DEFAULT_BASE_URL = 'https://api.techcorp.io';
const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_RETRIES = 2;

export interface CommonOptions {
  /** Where your installation answers, without a path; TECHCORP_BASE_URL unless given. */
  baseUrl?: string;
  /** Until a request is given up; 30,000 unless given. */
  timeoutMs?: number;
  /** Repetitions of what may be repeated; 2 unless given. */
  maxRetries?: number;
  /** Instead of the global `fetch`, for proxies and tests. */
  fetch?: typeof globalThis.fetch;
}

/** A key of edition /v2: `tc_live_sk_…`, `tc_test_sk_…` or `tc_ro_sk_…`. */
export interface V2Options extends CommonOptions {
  apiKey: string | undefined;
  edition?: 'v2';
}

/** An OAuth client, or an `sk_…` key, of the canonical edition. */
export type CanonicalOptions = CommonOptions &
  ({ clientId: string; clientSecret: string } | { apiKey: string; edition: 'canonical' });

export interface TechCorpConstructor {
  new (options: V2Options): V2Resources;
  new (options: CanonicalOptions): CanonicalResources;
}

class Client {
  constructor(options: V2Options | CanonicalOptions) {
    const isV2 = 'apiKey' in options && options.edition !== 'canonical';
    const contract = isV2 ? v2Contract : canonicalContract;
    const settings = settingsOf(options);
    for (const [name, operations] of Object.entries(contract.resources)) {
      const methods = Object.entries(operations).map(([verb, operation]) => [
        verb,
        method(contract, settings, operation),
      ]);
      Object.defineProperty(this, name, { value: Object.freeze(Object.fromEntries(methods)), enumerable: true });
    }
  }
}

/**
 * The API as an object: `client.orders.create({ … })`. Names are camelCase, lists can be awaited or walked, every
 * change carries an idempotency key, and what failed on the way is repeated.
 */
export const TechCorp = Client as unknown as TechCorpConstructor;

function settingsOf(options: V2Options | CanonicalOptions): TransportSettings {
  const common = {
    baseUrl: (options.baseUrl ?? process.env.TECHCORP_BASE_URL ?? DEFAULT_BASE_URL).replace(/\/+$/, ''),
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    maxRetries: options.maxRetries ?? DEFAULT_RETRIES,
    fetch: options.fetch ?? globalThis.fetch,
  };
  if ('clientId' in options) return { ...common, credential: clientCredential(options, common) };
  const { apiKey } = options;
  if (!apiKey) throw new TechCorpError('Give `apiKey` (set TECHCORP_API_KEY?), or `clientId` and `clientSecret`.');
  const isOfV2 = apiKey.startsWith('tc_');
  if (isOfV2 === (options.edition === 'canonical')) {
    const hint = isOfV2 ? "leave out `edition: 'canonical'`" : "add `edition: 'canonical'`";
    throw new TechCorpError(`This key is of another edition of the API; ${hint}.`);
  }
  return { ...common, credential: apiKeyCredential(apiKey) };
}

/** The method of one operation: what its path names, then the input if it takes one, then options. */
function method(contract: Contract, settings: TransportSettings, operation: OperationCall) {
  const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  return (...given: unknown[]) => {
    const path = names.reduce(
      (text, name, index) => text.replace(`{${name}}`, pathPart(given[index], name)),
      operation.path,
    );
    const input = (operation.input ? given[names.length] : undefined) as Record<string, unknown> | undefined;
    const options = (given[names.length + (operation.input ? 1 : 0)] ?? {}) as RequestOptions;
    const ask = async (more: Record<string, unknown>) => {
      const converted = toApi(input, contract) as Record<string, unknown> | undefined;
      const isQuery = operation.input === 'query';
      const answer = await send(settings, {
        method: operation.method,
        path,
        query: isQuery ? { ...converted, ...more } : undefined,
        body: operation.input === 'body' ? (converted ?? {}) : undefined,
        options,
      });
      return remembering(answer.etag, fromApi(answer.body, contract));
    };
    return operation.pages ? new List((more) => ask(more) as Promise<Page<unknown>>) : ask({});
  };
}

function pathPart(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '' && value !== '.' && value !== '..') return encodeURIComponent(value);
  throw new TechCorpError(`Name the object: \`${snakeCase(name)}\` must be a text that is not empty.`);
}
