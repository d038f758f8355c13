import type { CommandContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { DomainError, invalidField, notFound } from '#kernel/errors.ts';
import { type CustomerId, newId, type UserId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { CustomersDependencies } from '../dependencies.ts';
import { contactEvent } from '../events.ts';
import type { Parties } from '../parties.ts';
import { type Contact, type ContactId, type ContactPatch, ERASED_CONTACT, type NewContact } from './contact.ts';
import * as store from './contacts.store.ts';

/** People of a customer (G-03). Each method names the errors it may raise. */
export interface Contacts {
  /** Errors: `not_found`, `gone` (archived), `validation` (no such user), `duplicate` (the user is a contact already). */
  addContact(context: CommandContext, customerId: CustomerId, input: NewContact): Promise<Contact>;
  /** Errors: `not_found`. */
  getContact(scope: Scope, customerId: CustomerId, id: ContactId): Promise<Contact>;
  /** Those of merged customers too. Errors: `not_found`. */
  listContacts(tenant: Tenant, customerId: CustomerId, page: PageRequest): Promise<Page<Contact>>;
  /** Errors: as `addContact`, `precondition_failed`, `resource_locked`. */
  updateContact(context: CommandContext, customerId: CustomerId, id: ContactId, patch: ContactPatch): Promise<Contact>;
  /** For good, with the key of its personal data. Errors: `not_found`, `precondition_failed`, `resource_locked`. */
  removeContact(context: CommandContext, customerId: CustomerId, id: ContactId): Promise<void>;
  /** What a user may do for a customer; null when it is none of its contacts. Errors: `not_found`. */
  findBuyer(
    tenant: Tenant,
    customerId: CustomerId,
    userId: UserId,
  ): Promise<Pick<Contact, 'id' | 'roles' | 'spendingLimit'> | null>;
}

export function createContacts(kit: ModuleKit, parties: Parties, dependencies: CustomersDependencies): Contacts {
  const { database, writes, clock } = kit;
  const sealer = contactSealer(kit);

  async function find(scope: Scope, customerId: CustomerId, id: ContactId): Promise<store.SealedContact> {
    const sealed = await store.contactFind(database, scope, id);
    if (!sealed) throw notFound('contact', id);
    // A contact answers below the customer it was added to and below the one that was merged into.
    if (sealed.customerId === customerId) return sealed;
    const tenant = { orgId: sealed.orgId, livemode: scope.livemode } as Tenant;
    if ((await parties.all(tenant, customerId)).includes(sealed.customerId)) return sealed;
    throw notFound('contact', id);
  }

  async function requireUser(tenant: Tenant, userId: UserId | null | undefined): Promise<void> {
    if (!userId || (await dependencies.isUser(tenant, userId))) return;
    throw invalidField('user_id', 'not_found', `No such user: ${userId}`);
  }

  return {
    getContact: async (scope, customerId, id) => sealer.open(await find(scope, customerId, id)),

    async listContacts(tenant, customerId, page) {
      const customerIds = await parties.all(tenant, customerId);
      const found = await store.contactsList(database, tenant, { customerIds }, page);
      return { ...found, items: found.items.map(sealer.open) };
    },

    addContact: (context, customerId, input) =>
      writes.orStored(context, async () => {
        await parties.requireActive(context.tenant, customerId);
        await requireUser(context.tenant, input.userId);
        const contact = newContact(customerId, input, clock.now());
        const statements = store.contactInsert(context.tenant, sealer.create(context.tenant, contact));
        const events = [contactEvent('contact.added', contact)];
        return writes.store(context, { statements, events, result: contact }).catch(refuseDuplicate);
      }),

    updateContact: (context, customerId, id, patch) =>
      writes.orStored(context, async () => {
        const sealed = await find(context.tenant, customerId, id);
        expectVersion(context, 'contact', sealed.version);
        await requireUser(context.tenant, patch.userId);
        const changes = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
        const current = sealer.open(sealed);
        const updatedAt = clock.now().toISOString();
        const contact: Contact = { ...current, ...changes, version: current.version + 1, updatedAt };
        const statements = [store.contactUpdate(sealer.reseal(contact, sealed))];
        const events = [contactEvent('contact.changed', contact)];
        return writes.store(context, { statements, events, result: contact }).catch(refuseDuplicate);
      }),

    removeContact: (context, customerId, id) =>
      writes.orStored(context, async () => {
        const sealed = await find(context.tenant, customerId, id);
        expectVersion(context, 'contact', sealed.version);
        const events = [contactEvent('contact.removed', { ...sealed, version: sealed.version + 1 })];
        await writes.store(context, { statements: store.contactDelete(sealed), events, result: null });
        kit.sealing.forget(id);
      }),

    async findBuyer(tenant, customerId, userId) {
      const sealed = await store.contactOfUser(database, tenant, await parties.all(tenant, customerId), userId);
      return sealed && { id: sealed.id, roles: sealed.roles, spendingLimit: sealed.spendingLimit };
    },
  };
}

function newContact(customerId: CustomerId, input: NewContact, now: Date): Contact {
  const createdAt = now.toISOString();
  return {
    id: newId('con', now.getTime()),
    version: 1,
    customerId,
    userId: input.userId ?? null,
    roles: input.roles,
    spendingLimit: input.spendingLimit ?? null,
    name: input.name,
    email: input.email ?? null,
    phone: input.phone ?? null,
    jobTitle: input.jobTitle ?? null,
    createdAt,
    updatedAt: createdAt,
  };
}

/** Between a contact and its row: the only place where its profile is sealed and opened. */
function contactSealer({ sealing, blindIndex }: Pick<ModuleKit, 'sealing' | 'blindIndex'>) {
  const place = (id: string) => `customers.contacts.profile:${id}`;
  const indexOf = (orgId: string, email: string | null) =>
    email === null ? null : blindIndex(orgId, 'customers.email', email.toLowerCase());
  const sealWith = (key: ReturnType<typeof sealing.openSubjectKey>, contact: Contact, orgId: string) => {
    const { name, email, phone, jobTitle, ...record } = contact;
    const profile = sealing.seal(key, JSON.stringify({ name, email, phone, jobTitle }), place(contact.id));
    return { ...record, orgId, profile, emailIndex: indexOf(orgId, email) };
  };

  return {
    create({ orgId }: Tenant, contact: Contact): store.SealedContact {
      const { key, wrappedKey } = sealing.createSubjectKey(orgId, contact.id);
      return { ...sealWith(key, contact, orgId), wrappedKey };
    },
    reseal(contact: Contact, current: store.SealedContact): store.SealedContact {
      const { orgId, wrappedKey } = current;
      if (!wrappedKey) throw new DomainError('gone', 'The contact was erased; add a new one.');
      return { ...sealWith(sealing.openSubjectKey(orgId, contact.id, wrappedKey), contact, orgId), wrappedKey };
    },
    open(sealed: store.SealedContact): Contact {
      const { orgId, profile, emailIndex: _index, wrappedKey, ...record } = sealed;
      if (!wrappedKey) return { ...record, ...ERASED_CONTACT };
      const key = sealing.openSubjectKey(orgId, sealed.id, wrappedKey);
      return { ...record, ...JSON.parse(sealing.open(key, profile, place(sealed.id))) };
    },
  };
}

function refuseDuplicate(error: unknown): never {
  if (violatedUnique(error) !== 'contacts_user_id_key') throw error;
  throw new DomainError('duplicate', 'This user is a contact of the customer already; change that contact.', {
    cause: error,
  });
}
