import type { CustomerId, Id, UserId } from '#kernel/ids.ts';

export const CONTACT_ROLES = ['buyer', 'approver', 'accountant'] as const;
export type ContactRole = (typeof CONTACT_ROLES)[number];

export type ContactId = Id<'con'>;

/** What is sealed under the contact's own key: a contact is a person. */
export interface ContactProfile {
  name: string;
  email: string | null;
  phone: string | null;
  jobTitle: string | null;
}

export interface ContactRecord {
  id: ContactId;
  version: number;
  customerId: CustomerId;
  /** Who logs in for it, a user of the organisation (C-59). */
  userId: UserId | null;
  roles: ContactRole[];
  /** Minor units of the customer's currency for one order; null means no limit of its own. */
  spendingLimit: number | null;
  createdAt: string;
  updatedAt: string;
}

/** A person of a customer and what it may do there (G-03). */
export interface Contact extends ContactRecord, ContactProfile {}

export interface NewContact {
  name: string;
  email?: string | null;
  phone?: string | null;
  jobTitle?: string | null;
  userId?: UserId | null;
  roles: ContactRole[];
  spendingLimit?: number | null;
}

/** Only the fields to change; null clears an optional one. */
export type ContactPatch = Partial<NewContact>;

export const ERASED_CONTACT: ContactProfile = { name: 'Erased contact', email: null, phone: null, jobTitle: null };
