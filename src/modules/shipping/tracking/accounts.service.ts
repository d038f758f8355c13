import type { CommandContext } from '#kernel/context.ts';
import { newSecret } from '#kernel/crypto/secrets.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { notFound } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Carrier } from '../carrier.ts';
import { accountEvent } from '../events.ts';
import {
  type CarrierAccount,
  type CarrierAccountId,
  type CarrierAccountWithSecret,
  ROTATION_OVERLAP_MS,
} from './account.ts';
import * as store from './accounts.store.ts';

/** Accounts with carriers, and the secrets that their news are signed with. Each method names the errors it may raise. */
export interface CarrierAccounts {
  createCarrierAccount(
    context: CommandContext,
    input: { carrier: Carrier; label: string | null },
  ): Promise<CarrierAccountWithSecret>;
  /** Errors: `not_found`. */
  getCarrierAccount(scope: Scope, id: CarrierAccountId): Promise<CarrierAccount>;
  listCarrierAccounts(scope: Scope, filter: { carrier?: Carrier }, page: PageRequest): Promise<Page<CarrierAccount>>;
  /** A new secret; the one before is taken for 24 hours more. Errors: `not_found`, `precondition_failed`, `resource_locked`. */
  rotateCarrierAccount(context: CommandContext, id: CarrierAccountId): Promise<CarrierAccountWithSecret>;
  /** No news of it are taken any more. Errors: `not_found`, `precondition_failed`, `resource_locked`. */
  deleteCarrierAccount(context: CommandContext, id: CarrierAccountId): Promise<null>;
}

/** The place a secret is sealed for; one for both columns, because rotation moves it from one to the other. */
export function secretPlace(id: CarrierAccountId): string {
  return `shipping.carrier_accounts.secret:${id}`;
}

export function createCarrierAccounts({ database, writes, clock, sealing }: ModuleKit): CarrierAccounts {
  async function getCarrierAccount(scope: Scope, id: CarrierAccountId): Promise<CarrierAccount> {
    const found = await store.accountFind(database, scope, id);
    if (!found) throw notFound('carrier account', id);
    return openPart(found);
  }

  async function nextVersion(context: CommandContext, id: CarrierAccountId): Promise<CarrierAccount> {
    const current = await getCarrierAccount(context.tenant, id);
    expectVersion(context, 'carrier account', current.version);
    return { ...current, version: current.version + 1, updatedAt: clock.now().toISOString() };
  }

  function sealed({ tenant }: CommandContext, id: CarrierAccountId, secret: string): Buffer {
    return sealing.sealForOrganization(tenant.orgId, secret, secretPlace(id));
  }

  return {
    getCarrierAccount,
    async listCarrierAccounts(scope, filter, page) {
      const found = await store.accountsList(database, scope, filter, page);
      return { ...found, items: found.items.map(openPart) };
    },

    async createCarrierAccount(context, { carrier, label }) {
      const now = clock.now();
      const at = now.toISOString();
      const id: CarrierAccountId = newId('cac', now.getTime());
      const times = { previousSecretUntil: null, createdAt: at, updatedAt: at };
      const account: CarrierAccount = { id, version: 1, carrier, label, ...times };
      const secret = newSecret('tcn');
      const statements = [store.accountInsert(context.tenant, account, sealed(context, id, secret))];
      const events = [accountEvent('carrier_account.created', account)];
      return writes.store(context, { statements, events, result: { ...account, secret } });
    },

    rotateCarrierAccount: (context, id) =>
      writes.orStored(context, async () => {
        const previousSecretUntil = new Date(clock.nowMs() + ROTATION_OVERLAP_MS).toISOString();
        const account = { ...(await nextVersion(context, id)), previousSecretUntil };
        const secret = newSecret('tcn');
        const statements = [store.accountRotate(context.tenant, account, sealed(context, id, secret))];
        const events = [accountEvent('carrier_account.secret_rotated', account)];
        return writes.store(context, { statements, events, result: { ...account, secret } });
      }),

    deleteCarrierAccount: (context, id) =>
      writes.orStored(context, async () => {
        const account = await nextVersion(context, id);
        const statements = [store.accountRemove(context.tenant, account)];
        const events = [accountEvent('carrier_account.deleted', account)];
        return writes.store(context, { statements, events, result: null });
      }),
  };
}

function openPart(found: store.SealedAccount): CarrierAccount {
  const { tenant: _tenant, secret: _secret, previousSecret: _previous, ...account } = found;
  return account;
}
