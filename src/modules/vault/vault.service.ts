import { type CommandContext, innerContext, systemContext } from '#kernel/context.ts';
import { hashSecret, newSecret } from '#kernel/crypto/secrets.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { newId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { type CardInput, type KnownCard, lastFour, refuseLive, testCardOf } from './card.ts';
import { cardFindByToken, cardInsert, cardRemove } from './cards.store.ts';
import { cardForgotten, cardTokenized } from './events.ts';

/** Card data goes in, tokens come out (PCI-04). */
export interface Vault {
  /**
   * A token of a test card. The number is dropped before this returns, and an idempotency key is not used, because its
   * fingerprint would be made of the number. Errors: `validation` (not a published test number, expired),
   * `invalid_state` (live cards are the processor's).
   */
  tokenize(context: CommandContext, card: CardInput): Promise<{ token: string; card: KnownCard }>;
  /** What stands behind a token of this organisation; null when it has none such. */
  resolve(tenant: Tenant, token: string): Promise<{ card: KnownCard; reference: string } | null>;
  /** Removes what stands behind a token, when its owner is erased (C-89). Safe to repeat. */
  forget(tenant: Tenant, token: string): Promise<void>;
}

/** The place of a sealed reference. */
export function referenceContext(id: string): string {
  return `vault.cards.reference:${id}`;
}

/** `takes` says whether numbers of this tenant may come here at all. */
export function createVaultService(kit: ModuleKit, takes: (tenant: Tenant) => boolean): Vault {
  const { database, writes, clock, sealing, blindIndex } = kit;
  return {
    async tokenize(context, input) {
      const { tenant } = context;
      if (!takes(tenant)) throw refuseLive();
      const now = clock.now();
      const { brand, reference } = testCardOf(input, now);
      const { number, expMonth, expYear } = input;
      const digits = number.replaceAll(/\D/g, '');
      const fingerprint = blindIndex(tenant.orgId, 'vault.cards.number', digits).toString('hex');
      const card: KnownCard = { brand, last4: lastFour(number), expMonth, expYear, fingerprint };
      const id = newId('crd', now.getTime());
      const token = newSecret('tok_card');
      const sealed = sealing.sealForOrganization(tenant.orgId, reference, referenceContext(id));
      const statements = [cardInsert(tenant, hashSecret(token), { ...card, id, reference: sealed }, now)];
      const result = { token, card };
      return writes.store(innerContext(context), { statements, events: [cardTokenized(id, brand)], result });
    },

    async forget(tenant, token) {
      const context = systemContext('vault.forget', tenant, {
        requestId: newId('req', clock.nowMs()),
        traceparent: '',
      });
      await writes.run(context, async (tx) => {
        const [removed] = await tx.query(cardRemove(tenant, hashSecret(token)));
        if (removed) tx.append(cardForgotten(removed.id));
      });
    },

    async resolve(tenant, token) {
      const found = await cardFindByToken(database, tenant, hashSecret(token));
      if (!found) return null;
      const { id, reference: sealed, ...card } = found;
      return { card, reference: sealing.openForOrganization(tenant.orgId, sealed, referenceContext(id)) };
    },
  };
}
