import { Type } from 'typebox';
import type { Answer, Operation } from '#kernel/http/operation.ts';
import { operation } from '#kernel/http/operation.ts';

/** The page loads nothing from elsewhere and calls nobody but this server. */
const CONTENT_POLICY =
  "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

const CONFIGURATION = {
  sources: [
    { title: 'Current', slug: 'canonical', url: '/openapi.json', default: true },
    { title: '/v2', slug: 'v2', url: '/v2/openapi.json' },
    { title: '/v1', slug: 'v1', url: '/v1/openapi.json' },
  ],
  withDefaultFonts: false,
  telemetry: false,
  showDeveloperTools: 'never',
  hideClientButton: true,
  agent: { disabled: true },
  mcp: { disabled: true },
} as const;

type Page = (path: string) => Promise<Answer>;

/**
 * The interactive reference (Scalar) in an inner server that is only made when somebody opens /docs: its script is 5 MB,
 * which an idle installation need not hold.
 */
function lazyReference(): Page {
  let inner: Promise<Page> | undefined;
  const load = async (): Promise<Page> => {
    const [{ default: reference }, { default: Fastify }] = await Promise.all([
      import('@scalar/fastify-api-reference'),
      import('fastify'),
    ]);
    const app = Fastify();
    await app.register(reference, { routePrefix: '/docs', configuration: CONFIGURATION } as never);
    await app.ready();
    return async (path) => {
      const response = await app.inject(path);
      const contentType = String(response.headers['content-type'] ?? 'text/html; charset=utf-8');
      const bytes = path.endsWith('/') ? asOurPage(response.payload) : response.rawPayload;
      return {
        status: 200,
        headers: { 'content-security-policy': CONTENT_POLICY, 'cache-control': 'public, max-age=3600' },
        raw: { bytes, contentType },
      };
    };
  };
  return async (path) => {
    inner ??= load();
    return (await inner)(path);
  };
}

/**
 * The page names its script relative to itself, which from /docs (without a slash) would be /js/…, and no icon, which
 * browsers then ask /favicon.ico for.
 */
function asOurPage(html: string): string {
  return html
    .replace('src="js/', 'src="/docs/js/')
    .replace(
      '<title>Scalar API Reference</title>',
      '<title>TechCorp API</title>\n    <link rel="icon" href="data:," />',
    );
}

/** GET /docs and its script. */
export function documentationOperations(): Operation[] {
  const page = lazyReference();
  const serve = (id: string, path: string, source: string, contentType: string, summary: string) =>
    operation({
      id,
      method: 'GET',
      path,
      summary,
      description: 'The interactive reference, served from here without any outside request.',
      access: { public: 'documentation is public (C-06)' },
      responses: { 200: { description: summary, contentType, schema: Type.String() } },
      errors: [],
      handle: () => page(source),
    });
  return [
    serve('documents.reference', '/docs', '/docs/', 'text/html', 'The reference page'),
    serve('documents.script', '/docs/js/scalar.js', '/docs/js/scalar.js', 'text/javascript', 'Its script'),
  ];
}
