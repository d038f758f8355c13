import type { SchemaSource } from '#kernel/database/migrations.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { Module, ModuleKit } from '#kernel/module.ts';
import { createVaultService, referenceContext, type Vault } from './vault.service.ts';

export type { CardInput, KnownCard } from './card.ts';
export type { Vault } from './vault.service.ts';

export const vaultSchema: SchemaSource = {
  schema: 'vault',
  directory: new URL('./migrations/', import.meta.url),
  personalData: {
    'cards.last4': { open: 'PCI DSS allows the last four digits; people recognise their card by them (PCI-03)' },
    'cards.fingerprint': 'index',
  },
  sealed: {
    columns: [
      {
        table: 'cards',
        column: 'reference',
        key: ['id'],
        owner: 'organization',
        context: ({ id }) => referenceContext(id),
      },
    ],
  },
};

export function createVault(kit: ModuleKit, takes: (tenant: Tenant) => boolean): Module<Vault> {
  return { service: createVaultService(kit, takes) };
}
