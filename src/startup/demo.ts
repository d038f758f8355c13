import { randomBytes } from 'node:crypto';
import { systemContext } from '#kernel/context.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { newId, type OrganizationId } from '#kernel/ids.ts';
import type { Modules } from '../modules.ts';
import type { Credentials } from './credentials.ts';

/** A small catalogue with stock and one customer, so that the first list is not empty. */
const PRODUCTS = [
  { name: 'Label printer', description: 'Thermal, 203 dpi, USB', price: 18_900, category: 'hardware' },
  { name: 'Label roll', description: '100 × 150 mm, 500 labels', price: 1_450, category: 'hardware' },
  { name: 'Onboarding day', description: 'One day with an engineer', price: 120_000, category: 'service' },
] as const;

/** Makes the demo organisation with its two clients, once, and fills it; answers the credentials without `base_url`. */
export async function seedDemo(modules: Modules): Promise<Omit<Credentials, 'base_url'>> {
  const made = await modules.identity.bootstrap();
  const tenant: Tenant = { orgId: made.organizationId as OrganizationId, livemode: true };
  const cause = { requestId: newId('req'), traceparent: newTraceparent() };
  const context = () => systemContext('demo', tenant, cause);
  for (const product of PRODUCTS) {
    const { id } = await modules.catalog.createProduct(context(), { ...product, currency: 'USD', active: true });
    if (product.category !== 'hardware') continue;
    const opening = { productId: id, quantityChange: 25, reason: 'opening', referenceId: 'demo' } as const;
    await modules.inventory.adjust(context(), opening);
  }
  await modules.customers.createCustomer(context(), {
    type: 'company',
    name: 'Northwind Ltd',
    email: 'buyer@northwind.example',
    currency: 'USD',
  });
  return {
    organization_id: made.organizationId,
    clients: { platform_admin: keep(made.platformAdmin), organization_admin: keep(made.organizationAdmin) },
  };
}

function keep(client: { clientId: string; clientSecret: string }) {
  return { client_id: client.clientId, client_secret: client.clientSecret };
}

function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
}
