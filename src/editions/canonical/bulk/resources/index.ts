import type { Resources } from '#modules/bulk/index.ts';
import type { Identity } from '#modules/identity/index.ts';
import { userResource } from './users.ts';

/** The modules that files go to and come from. */
export interface BulkModules {
  identity: Pick<Identity, 'imports' | 'listUsers'>;
}

/** Everything that can be imported and exported, by the name that clients send. */
export function bulkResources({ identity }: BulkModules): Resources {
  return { users: userResource(identity) };
}

/** What can be imported. */
export const RESOURCES = ['users'] as const;
/** What can be exported. */
export const EXPORTED_RESOURCES = ['users'] as const;
