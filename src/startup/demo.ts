import { randomBytes } from 'node:crypto';
import { systemContext } from '#kernel/context.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { type ClientId, newId, type OrganizationId } from '#kernel/ids.ts';
import { type BootstrapClient, type BootstrapResult, PLATFORM_ORGANIZATION } from '#modules/identity/index.ts';
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
  if (made.organizationAdmin.clientSecret) await fillDemo(modules, { orgId: made.organizationId, livemode: true });
  return credentialsOf(modules, made);
}

async function fillDemo(modules: Modules, tenant: Tenant): Promise<void> {
  const cause = newCause();
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
}

/**
 * The secrets of the two clients. Those of clients that were there before (the process died before it wrote the file, or
 * the file was lost) are known to nobody, so they get new ones.
 */
async function credentialsOf(modules: Modules, made: BootstrapResult): Promise<Omit<Credentials, 'base_url'>> {
  const keep = async (client: BootstrapClient, orgId: OrganizationId) => {
    const context = systemContext('demo', { orgId, livemode: true }, newCause());
    const id = client.clientId as ClientId;
    const secret = client.clientSecret ?? (await modules.identity.rotateClientSecret(context, id)).secret;
    return { client_id: id, client_secret: secret! };
  };
  return {
    organization_id: made.organizationId,
    clients: {
      platform_admin: await keep(made.platformAdmin, PLATFORM_ORGANIZATION),
      organization_admin: await keep(made.organizationAdmin, made.organizationId),
    },
  };
}

function newCause() {
  const traceparent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
  return { requestId: newId('req'), traceparent };
}
