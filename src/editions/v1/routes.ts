import { contractOperation } from '#gateway/contract/contract-operation.ts';
import type { EditionContract } from '#gateway/contract/edition.ts';
import { openApiDocument } from '#gateway/contract/openapi.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Operation } from '#kernel/http/operation.ts';
import type { Audit } from '#modules/audit/index.ts';
import type { Identity } from '#modules/identity/index.ts';
import type { Usage } from '#modules/usage/index.ts';
import { auditOperations } from './audit.ts';
import { keyOperations } from './keys/keys.ts';
import { metricsOperation } from './metrics.ts';
import { organizationOperations } from './organizations.ts';
import { V1_ERRORS, V1ErrorView } from './render.ts';
import { sessionOperations } from './sessions.ts';
import { userBatchOperation } from './users/user-batches.ts';
import { userOperations } from './users/users.ts';

/** The modules that /v1 speaks for. */
export interface V1Modules {
  identity: Identity;
  audit: Audit;
  usage: Usage;
}

/** What /v1 promises: users, organisations, keys, sessions and the audit trail, by API key. */
export function v1Edition({ identity, audit, usage }: V1Modules, clock: Clock): EditionContract {
  const operations: Operation[] = [
    ...userOperations(identity),
    userBatchOperation(identity),
    ...organizationOperations(identity),
    ...keyOperations(identity),
    ...sessionOperations(identity),
    ...auditOperations(audit, clock),
    metricsOperation(usage),
    contractOperation('v1.documents.openapi', '/v1', () => edition.openapi),
  ];
  const edition: EditionContract = {
    name: 'v1',
    prefix: '/v1',
    about: { status: 'stable', support_until: 'ongoing' },
    operations,
    errors: V1_ERRORS,
    errorSchema: V1ErrorView,
    queryRefusal: 'validation',
    openapi: openApiDocument(operations, {
      title: 'TechCorp /v1',
      version: '1.0.0',
      description: 'User management and authentication for B2B applications. Send an API key as `X-API-Key`.',
      errorSchema: V1ErrorView,
      errors: V1_ERRORS,
      credentials: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'sk_live_… or sk_test_….' },
      },
      securityOf: () => [{ apiKey: [] }],
      idempotencyHeader: 'X-Idempotency-Key',
    }),
  };
  return edition;
}
