import { openApiDocument } from '#gateway/openapi.ts';
import type { Operation } from '#kernel/http/operation.ts';
import type { Catalog } from '#modules/catalog/index.ts';
import type { CursorCodec } from './pages.ts';
import { productOperations } from './products.ts';
import { ErrorView } from './render.ts';
import { type SystemStatus, systemOperations } from './system.ts';

/** The modules that the canonical edition speaks for. */
export interface CanonicalModules {
  catalog: Catalog;
}

/** Every operation of the canonical edition, with its contract. */
export function canonicalOperations(modules: CanonicalModules, cursors: CursorCodec, system: SystemStatus) {
  const operations: Operation[] = [...productOperations(modules.catalog, cursors), ...systemOperations(system)];
  const openapi = openApiDocument(operations, {
    title: 'TechCorp',
    version: system.version,
    description: 'The back office of a B2B company over one model. Start with POST /auth/token.',
    errorSchema: ErrorView,
    scopes: {},
  });
  return { operations, methodHints: {}, openapi };
}
