import type { CommandContext } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { DomainError, notFound } from '#kernel/errors.ts';
import { type CustomerId, type Id, newId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { type Address, mergeAddress, type NewAddress } from '../customer.ts';
import { customerKeyFind } from '../customers.store.ts';
import { addressEvent } from '../events.ts';
import type { Parties } from '../parties.ts';
import * as store from './addresses.store.ts';

export const ADDRESS_TYPES = ['billing', 'shipping', 'office', 'other'] as const;
export type AddressType = (typeof ADDRESS_TYPES)[number];
export type AddressId = Id<'adr'>;

/** A further address of a customer, beside the two that the customer has itself. */
export interface BookedAddress {
  id: AddressId;
  version: number;
  customerId: CustomerId;
  types: AddressType[];
  label: string | null;
  address: Address;
  createdAt: string;
  updatedAt: string;
}

export interface NewBookedAddress {
  types: AddressType[];
  label?: string | null;
  address: NewAddress;
}

/** Only what changes; the address is merged line by line (C-53). */
export interface BookedAddressPatch {
  types?: AddressType[];
  label?: string | null;
  address?: Partial<Address>;
}

/** The addresses of a customer, sealed under its key. Each method names the errors it may raise. */
export interface AddressBook {
  /** Errors: `not_found`, `gone` (archived, erased). */
  addAddress(context: CommandContext, customerId: CustomerId, input: NewBookedAddress): Promise<BookedAddress>;
  /** Errors: `not_found`. */
  getAddress(scope: Scope, customerId: CustomerId, id: AddressId): Promise<BookedAddress>;
  /** Those of merged customers too. Errors: `not_found`. */
  listAddresses(tenant: Tenant, customerId: CustomerId, page: PageRequest): Promise<Page<BookedAddress>>;
  /** Errors: `not_found`, `gone`, `validation`, `precondition_failed`, `resource_locked`. */
  updateAddress(
    context: CommandContext,
    customerId: CustomerId,
    id: AddressId,
    patch: BookedAddressPatch,
  ): Promise<BookedAddress>;
  /** For good. Errors: `not_found`, `precondition_failed`, `resource_locked`. */
  removeAddress(context: CommandContext, customerId: CustomerId, id: AddressId): Promise<void>;
}

export function createAddressBook(kit: ModuleKit, parties: Parties): AddressBook {
  const { database, writes, clock } = kit;
  const sealer = addressSealer(kit);

  async function find(scope: Scope, customerId: CustomerId, id: AddressId): Promise<store.SealedAddress> {
    const sealed = await store.addressFind(database, scope, id);
    if (!sealed) throw notFound('address', id);
    if (sealed.customerId === customerId) return sealed;
    const tenant = { orgId: sealed.orgId, livemode: scope.livemode } as Tenant;
    if ((await parties.all(tenant, customerId)).includes(sealed.customerId)) return sealed;
    throw notFound('address', id);
  }

  return {
    getAddress: async (scope, customerId, id) => sealer.open(await find(scope, customerId, id)),

    async listAddresses(tenant, customerId, page) {
      const found = await store.addressesList(database, tenant, await parties.all(tenant, customerId), page);
      return { ...found, items: found.items.map(sealer.open) };
    },

    addAddress: (context, customerId, input) =>
      writes.orStored(context, async () => {
        await parties.requireActive(context.tenant, customerId);
        const wrappedKey = await customerKeyFind(database, context.tenant, customerId);
        const now = clock.now();
        const createdAt = now.toISOString();
        const booked: BookedAddress = {
          id: newId('adr', now.getTime()),
          version: 1,
          customerId,
          types: input.types,
          label: input.label ?? null,
          address: mergeAddress('address', null, input.address)!,
          createdAt,
          updatedAt: createdAt,
        };
        const statement = store.addressInsert(context.tenant, sealer.seal(context.tenant.orgId, booked, wrappedKey));
        return writes.store(context, {
          statements: [statement],
          events: [addressEvent('address.added', booked)],
          result: booked,
        });
      }),

    updateAddress: (context, customerId, id, patch) =>
      writes.orStored(context, async () => {
        const sealed = await find(context.tenant, customerId, id);
        expectVersion(context, 'address', sealed.version);
        const current = sealer.open(sealed);
        const booked: BookedAddress = {
          ...current,
          types: patch.types ?? current.types,
          label: patch.label === undefined ? current.label : patch.label,
          address: mergeAddress('address', current.address, patch.address)!,
          version: current.version + 1,
          updatedAt: clock.now().toISOString(),
        };
        const statements = [store.addressUpdate(sealer.seal(sealed.orgId, booked, sealed.wrappedKey))];
        return writes.store(context, { statements, events: [addressEvent('address.changed', booked)], result: booked });
      }),

    removeAddress: (context, customerId, id) =>
      writes.orStored(context, async () => {
        const sealed = await find(context.tenant, customerId, id);
        expectVersion(context, 'address', sealed.version);
        const events = [addressEvent('address.removed', { ...sealed, version: sealed.version + 1 })];
        await writes.store(context, { statements: [store.addressDelete(sealed)], events, result: null });
      }),
  };
}

const ERASED: Address = { line1: 'Erased', line2: null, city: '', state: null, postalCode: null, country: '' };

/** Between an address and its row: the only place where its lines are sealed and opened. */
function addressSealer({ sealing }: Pick<ModuleKit, 'sealing'>) {
  const place = (id: string) => `customers.addresses.content:${id}`;
  return {
    seal(orgId: string, booked: BookedAddress, wrappedKey: Buffer | null): store.SealedAddress {
      if (!wrappedKey) {
        throw new DomainError('gone', 'The customer was erased; create a new customer to keep personal data again.');
      }
      const { label, address, ...record } = booked;
      const key = sealing.openSubjectKey(orgId, booked.customerId, wrappedKey);
      const content = sealing.seal(key, JSON.stringify({ label, address }), place(booked.id));
      return { ...record, orgId, content, wrappedKey };
    },
    open({ orgId, content, wrappedKey, ...record }: store.SealedAddress): BookedAddress {
      if (!wrappedKey) return { ...record, label: null, address: ERASED };
      const key = sealing.openSubjectKey(orgId, record.customerId, wrappedKey);
      return { ...record, ...JSON.parse(sealing.open(key, content, place(record.id))) };
    },
  };
}
