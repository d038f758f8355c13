import { randomBytes } from 'node:crypto';
import type { Operation } from '#kernel/http/operation.ts';
import { ID_PREFIXES, type IdPrefix, newId } from '#kernel/ids.ts';
import { ORGANIZATION_SCOPES } from '#modules/identity/index.ts';
import type { TestApp, TestOrganization } from '../support/app.ts';
import { prefixOf, sampleInput } from '../support/sample-input.ts';
import { signInUser } from '../support/sign-in.ts';
import { pathOf } from './operation-rules.ts';

/** One object of every kind that paths and bodies name, made through the API in one organisation. */
export type Objects = ReadonlyMap<IdPrefix, string>;

/**
 * Fills an organisation with one object of every kind. Where a `POST` without path parameters answers 201 with such an
 * id, a sample of its own input makes it; what comes about in other ways is made by hand below.
 */
export async function makeObjects(app: TestApp, organization: TestOrganization): Promise<Objects> {
  const objects = new Map<IdPrefix, string>([['org', organization.id]]);
  const ids = (prefix: IdPrefix) => objects.get(prefix) ?? newId(prefix);
  const make = async (path: string, body: object) => {
    const answer = await app.request('POST', path, { token: organization.token, body });
    if (answer.status >= 300) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const first = (path: string) => firstOf(app, organization, path);

  await makeTransfers();
  for (const prefix of ['prd', 'cus'] as const) objects.set(prefix, await makeSample(prefix));
  objects.set('pri', await first(`/prices?product_id=${objects.get('prd')}`));
  await makePeople(objects, make);
  await makeSale();
  for (const prefix of neededPrefixes(app.operations)) {
    if (!objects.has(prefix)) objects.set(prefix, await makeSample(prefix));
  }
  await make(`/webhooks/${objects.get('whk')}/test`, {});
  await app.settle();
  objects.set('dlv', await first(`/webhooks/${objects.get('whk')}/deliveries`));
  objects.set('aud', await first('/audit-logs'));
  return objects;

  async function makeSample(prefix: IdPrefix): Promise<string> {
    const creation = creationOf(app.operations, prefix);
    if (!creation) throw new Error(`Say in test/coverage/objects.ts how a ${ID_PREFIXES[prefix]} comes about`);
    const sample = sampleInput(creation.body!, { ids, requiredOnly: true }) as Record<string, unknown>;
    // Names must differ from those of the test's other organisation where they are unique everywhere.
    if ('email' in sample) sample.email = `${randomBytes(4).toString('hex')}@example.com`;
    // A key of the canonical edition names what it may do.
    if (prefix === 'key') sample.scopes = ['products:read'];
    // Only hardware has stock.
    if (prefix === 'prd') sample.category = 'hardware';
    // Parcels or products, one of the two.
    if (prefix === 'shq') sample.parcels = [{ weight_grams: 500, length_mm: 100, width_mm: 100, height_mm: 100 }];
    if (prefix === 'whk') sample.url = 'https://127.0.0.1:1/hook';
    return (await make(creation.path, sample)).id;
  }

  /** Files go in and out beside JSON. */
  async function makeTransfers(): Promise<void> {
    const { body: job } = await app.request('POST', '/imports?resource=users', {
      token: organization.token,
      headers: { 'content-type': 'text/csv' },
      raw: 'email,name\nnot-an-address,Ada\n',
    });
    objects.set('job', job.id);
    objects.set('imp', job.subject_id);
    objects.set('exp', (await make('/exports', { resource: 'users' })).subject_id);
    await app.settle();
  }

  async function makeSale(): Promise<void> {
    const product_id = objects.get('prd')!;
    const customer_id = objects.get('cus')!;
    await make('/inventory/adjust', { product_id, quantity_change: 50, reason: 'opening', reference_id: 'count' });
    objects.set('pri', await first(`/products/${product_id}/prices`));
    objects.set('lvl', await first('/inventory/levels'));
    objects.set('trf', await makeTransfer(make, await first('/warehouses'), product_id));
    objects.set('pmt', (await make('/payment-methods', { customer_id, type: 'card', token: 'tok_visa' })).id);
    const items = [{ product_id, quantity: 1, unit_price: 1999 }];
    const order = { customer_id, items, total: 1999, currency: 'USD', payment_method_id: objects.get('pmt') };
    const confirmed = await make('/orders', order);
    await make(`/orders/${confirmed.id}/confirm`, {});
    objects.set('ord', confirmed.id);
    objects.set('pay', await first('/payments'));
    for (const [prefix, id] of await makeAroundOrder(make, confirmed)) objects.set(prefix, id);
    objects.set('shp', await makeShipment(make, order));
    await app.settle();
    objects.set('ref', await makeRefund(make, customer_id));
    app.clock.advance(61_000);
    await app.settle();
    objects.set('dsp', await first('/disputes'));
    objects.set('evt', await first('/events'));
    await signInUser(app, organization, { role: 'member', scopes: ORGANIZATION_SCOPES });
    objects.set('ses', await first('/sessions'));
  }
}

type Make = (path: string, body: object) => Promise<{ id: string }>;

/** A refund of a part of a payment that its customer disputes a minute later. */
async function makeRefund(make: Make, customer_id: string): Promise<string> {
  const method_id = (await make('/payment-methods', { customer_id, type: 'card', token: 'tok_dispute' })).id;
  const charge = await make('/payments', { amount: 500, currency: 'USD', method_id, description: 'Disputed' });
  return (await make('/refunds', { payment_id: charge.id, amount: 100 })).id;
}

/** What belongs to an order that is confirmed: a return of a piece of it, an offer, a rule about approvals. */
async function makeAroundOrder(
  make: Make,
  order: { id: string; customer_id: string; items: { product_id: string }[] },
): Promise<[IdPrefix, string][]> {
  await make(`/orders/${order.id}/process`, {});
  await make(`/orders/${order.id}/ship`, { carrier: 'DHL', tracking_number: 'JD01' });
  const { customer_id, items } = order;
  const back = { order_id: order.id, reason: 'defective', items: [{ line: 1, quantity: 1 }] };
  const offered = [{ product_id: items[0]!.product_id, quantity: 1, unit_price: 1999 }];
  return [
    ['rtn', (await make('/returns', back)).id],
    ['quo', (await make('/quotes', { customer_id, currency: 'USD', items: offered })).id],
    ['arl', (await make('/order-approval-rules', { products_over: 100 })).id],
  ];
}

/** The id of what a list shows first. */
async function firstOf(app: TestApp, { token }: TestOrganization, path: string): Promise<string> {
  const { body } = await app.request('GET', path, { token });
  if (!body.data?.[0]) throw new Error(`GET ${path} lists nothing: ${JSON.stringify(body)}`);
  return body.data[0].id as string;
}

/** Somebody who works for the customer, and where. */
async function makePeople(objects: Map<IdPrefix, string>, make: Make): Promise<void> {
  const customer = `/customers/${objects.get('cus')}`;
  objects.set('con', (await make(`${customer}/contacts`, { name: 'Grace Hopper', roles: ['buyer'] })).id);
  const address = { line1: '1 Main Street', city: 'Paris', country: 'FR' };
  objects.set('adr', (await make(`${customer}/addresses`, { types: ['office'], address })).id);
}

async function makeTransfer(make: Make, from_warehouse_id: string, product_id: string): Promise<string> {
  const { id: to_warehouse_id } = await make('/warehouses', { name: 'Second' });
  const moved = { from_warehouse_id, to_warehouse_id, items: [{ product_id, quantity: 1 }] };
  return (await make('/inventory/transfers', moved)).id;
}

/** A shipment of a new order, which must be in processing for it. */
async function makeShipment(make: Make, order: object): Promise<string> {
  const { id: order_id } = await make('/orders', order);
  for (const step of ['confirm', 'process']) await make(`/orders/${order_id}/${step}`, {});
  const parcel = { carrier: 'ups', tracking_number: '1Z999AA10123456784', estimated_delivery: '2026-01-15' };
  return (await make('/shipping', { order_id, ...parcel })).id;
}

/** The kinds of object that paths name by id, in the order in which they appear. */
export function neededPrefixes(operations: readonly Operation[]): IdPrefix[] {
  const prefixes = operations
    .filter((operation) => 'scope' in operation.access)
    .flatMap((operation) => [...idParameters(operation).values()]);
  return [...new Set(prefixes)].filter((prefix) => prefix !== 'dlv');
}

/** The parameters of the path that are ids, with their prefixes. */
export function idParameters(operation: Operation): Map<string, IdPrefix> {
  const found = new Map<string, IdPrefix>();
  for (const [name, node] of Object.entries(operation.params?.properties ?? {})) {
    if ((node as { 'x-field'?: { kind: string } })['x-field']?.kind === 'id') found.set(name, prefixOf(node as object));
  }
  return found;
}

/** The path with an id of the right kind in each place. */
export function pathWith(operation: Operation, id: (prefix: IdPrefix) => string): string {
  const values = [...idParameters(operation)].map(([name, prefix]) => [name, id(prefix)]);
  return pathOf(operation, Object.fromEntries(values));
}

function creationOf(operations: readonly Operation[], prefix: IdPrefix): Operation | undefined {
  return operations.find(({ method, params, body, responses, access }) => {
    const view = responses[201]?.schema as { properties?: { id?: { pattern?: string } } } | undefined;
    const isOpen = 'scope' in access && access.scope !== 'platform:admin';
    return method === 'POST' && isOpen && !params && body && view?.properties?.id?.pattern?.startsWith(`^${prefix}_`);
  });
}
