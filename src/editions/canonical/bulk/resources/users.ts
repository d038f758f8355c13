import { object, optional } from '#kernel/http/fields.ts';
import type { Resource } from '#modules/bulk/index.ts';
import type { Identity, Role, User, UserStatus } from '#modules/identity/index.ts';
import { Person } from '../../identity/users.ts';
import { pagesOf } from './export-pages.ts';
import { rowShape } from './row-shape.ts';

const { name, email, role, roles, plan, metadata } = Person;
const UserRow = object({ name, email, role: optional(role), roles, plan: optional(plan), metadata });

/** People: the e-mail address says who a row is about. */
export function userResource(identity: Pick<Identity, 'imports' | 'listUsers'>): Resource {
  const shape = rowShape(UserRow, (row) => row);
  return {
    readScope: 'users:read',
    isPersonal: true,
    writeScope: 'users:write',
    import: {
      ...shape,
      store: (context, rows, options) => identity.imports.importBatch(context, rows as never, options),
    },
    export: {
      columns: ['id', ...shape.columns, 'status', 'created_at'],
      filters: ['role', 'status'],
      page: pagesOf((tenant, filters, page) => {
        const filter = { role: filters.role as Role | undefined, status: filters.status as UserStatus | undefined };
        return identity.listUsers(tenant, filter, page);
      }, recordOf),
    },
  };
}

function recordOf(user: User) {
  return {
    id: user.id,
    name: user.name,
    email: user.email,
    role: user.role,
    roles: user.roles,
    plan: user.plan,
    metadata: user.metadata,
    status: user.status,
    created_at: user.createdAt,
  };
}
