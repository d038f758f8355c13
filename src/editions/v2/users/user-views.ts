import { type Static, Type } from 'typebox';
import { notFound } from '#kernel/errors.ts';
import { idView, MetadataView, Timestamp } from '#kernel/http/shapes.ts';
import { PLANS, type User } from '#modules/identity/index.ts';

/** Archived people are deleted here: nobody sees or asks for them (C-57). */
export const STATUSES = ['active', 'inactive', 'pending'] as const;

export const UserView = Type.Object(
  {
    id: idView('usr'),
    email: Type.String(),
    name: Type.String(),
    status: Type.Enum([...STATUSES]),
    plan: Type.Enum([...PLANS]),
    metadata: MetadataView,
    created_at: Timestamp,
  },
  { $id: 'User' },
);

/** Errors: `not_found` (archived). */
export function userView(user: User): Static<typeof UserView> {
  const { status } = user;
  if (status === 'archived') throw notFound('user', user.id);
  return {
    id: user.id,
    email: user.email,
    name: user.name,
    status,
    plan: user.plan,
    metadata: user.metadata,
    created_at: user.createdAt,
  };
}
