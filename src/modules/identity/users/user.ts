import type { OrganizationId, UserId } from '#kernel/ids.ts';
import type { Plan } from '../organizations/organization.ts';

export const ROLES = ['admin', 'member', 'viewer'] as const;
export type Role = (typeof ROLES)[number];
export const USER_STATUSES = ['pending', 'active', 'inactive', 'archived'] as const;
export type UserStatus = (typeof USER_STATUSES)[number];
/** Extra grants beside the role (C-15); other modules read them. */
export const MODULE_ROLES = [
  'finance',
  'compliance_officer',
  'legal_reviewer',
  'hr_manager',
  'warehouse_manager',
  'support_agent',
  'security_officer',
  'phi_access',
] as const;
export type ModuleRole = (typeof MODULE_ROLES)[number];

/** A person who signs in. Instants are ISO 8601. */
export interface User {
  id: UserId;
  orgId: OrganizationId;
  version: number;
  name: string;
  email: string;
  role: Role;
  roles: ModuleRole[];
  status: UserStatus;
  plan: Plan;
  /** The address that waits for its verification (C-55). */
  pendingEmail: string | null;
  lastLogin: string | null;
  metadata: Record<string, string>;
  createdAt: string;
  updatedAt: string;
}

export interface NewUser {
  name: string;
  email: string;
  role?: Role;
  roles?: ModuleRole[];
  plan?: Plan;
  metadata?: Record<string, string>;
  /** `pending` waits for the invitation to be accepted; `active` unless told. */
  status?: 'pending' | 'active';
  /** Sends a mail with a link to set a password. */
  invite?: boolean;
}

/** Only the fields to change; a new `email` starts its verification. */
export interface UserPatch {
  name?: string;
  email?: string;
  role?: Role;
  roles?: ModuleRole[] | null;
  status?: 'active' | 'inactive';
  plan?: Plan;
  metadata?: Record<string, string | null> | null;
}

/** Everything about a user that a client decides. */
export interface UserReplacement {
  name: string;
  email: string;
  role?: Role;
  status?: 'active' | 'inactive';
  metadata?: Record<string, string>;
}

/** Addresses are compared without regard to case (C-46). */
export function comparableEmail(email: string): string {
  return email.normalize('NFC').toLowerCase();
}
