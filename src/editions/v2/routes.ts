import { contractOperation } from '#gateway/contract/contract-operation.ts';
import type { EditionContract } from '#gateway/contract/edition.ts';
import { openApiDocument } from '#gateway/contract/openapi.ts';
import type { Operation } from '#kernel/http/operation.ts';
import type { Webhooks } from '#modules/webhooks/index.ts';
import { orderOperations } from './orders/orders.ts';
import type { PlacingModules } from './orders/placing.ts';
import { productOperations } from './products/products.ts';
import { V2_ERRORS, V2ErrorView } from './render.ts';
import { userOperations } from './users/users.ts';
import { webhookOperations } from './webhooks/webhooks.ts';

/** The modules that /v2 speaks for. */
export interface V2Modules extends PlacingModules {
  webhooks: Webhooks;
}

const VERSION = '2.0.3';

/** What /v2 promises, by API key. */
export function v2Edition(modules: V2Modules): EditionContract {
  const operations: Operation[] = [
    ...userOperations(modules.identity, modules.customers),
    ...productOperations(modules.catalog, modules.inventory),
    ...orderOperations(modules),
    ...webhookOperations(modules.webhooks),
    contractOperation('v2.documents.openapi', '/v2', () => edition.openapi),
  ];
  const edition: EditionContract = {
    name: 'v2',
    prefix: '/v2',
    about: { status: 'beta', version: VERSION, released: '2024-11-01' },
    operations,
    errors: V2_ERRORS,
    errorSchema: V2ErrorView,
    queryRefusal: 'bad_request',
    openapi: openApiDocument(operations, {
      title: 'TechCorp /v2',
      version: VERSION,
      description: 'Users, products and orders. Send an API key as `Authorization: Bearer tc_live_sk_…`.',
      errorSchema: V2ErrorView,
      errors: V2_ERRORS,
      credentials: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'tc_live_sk_…, tc_test_sk_… or tc_ro_sk_….' },
      },
      securityOf: () => [{ apiKey: [] }],
      idempotencyHeader: 'Idempotency-Key',
    }),
  };
  return edition;
}
