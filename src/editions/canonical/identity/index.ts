import type { Operation } from '#kernel/http/operation.ts';
import type { Identity } from '#modules/identity/index.ts';
import type { CursorCodec } from '../common/pages.ts';
import { accountOperations } from './account.ts';
import { apiKeyOperations } from './api-keys.ts';
import { authorizeOperations } from './oauth-authorize.ts';
import { clientOperations } from './oauth-clients.ts';
import { discoveryOperations } from './oauth-discovery.ts';
import { tokenOperations } from './oauth-tokens.ts';
import { organizationOperations } from './organizations.ts';
import { sessionOperations } from './sessions.ts';
import { userOperations } from './users.ts';

/** Everything that proves who calls: OAuth, people, organisations, clients, keys and sessions. */
export function identityOperations(identity: Identity, cursors: CursorCodec): Operation[] {
  return [
    ...tokenOperations(identity),
    ...discoveryOperations(identity),
    ...authorizeOperations(identity),
    ...accountOperations(identity),
    ...userOperations(identity, cursors),
    ...organizationOperations(identity, cursors),
    ...clientOperations(identity, cursors),
    ...apiKeyOperations(identity, cursors),
    ...sessionOperations(identity, cursors),
  ];
}
