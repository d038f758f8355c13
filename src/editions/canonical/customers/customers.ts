import { type Static, Type } from 'typebox';
import {
  currency,
  email,
  enumOf,
  id,
  listOf,
  metadata,
  nonNegativeInteger,
  object,
  optional,
  patchOf,
  phone,
  text,
  withDefault,
} from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import type { Currency } from '#kernel/money.ts';
import {
  CUSTOMER_STATUSES,
  CUSTOMER_TYPES,
  type Customer,
  type Customers,
  PAYMENT_TERMS,
} from '#modules/customers/index.ts';
import { AddressView, addressInput, addressView, NewAddress } from '../common/addresses.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { CurrencyCode, idView, MetadataView, MinorUnits, orNull, Timestamp } from '../common/shapes.ts';

const NewTaxId = object({
  type: text({ max: 32, description: 'What kind of number it is, in your words.', example: 'eu_vat' }),
  value: text({ max: 64, example: 'FR12345678901' }),
});
/** What a customer is made of; an import reads the same fields. */
export const NewCustomer = object({
  type: enumOf(CUSTOMER_TYPES),
  name: text({ max: 255, example: 'Ada Ltd' }),
  email: optional(email()),
  phone: optional(phone()),
  tax_ids: optional(listOf(NewTaxId)),
  billing_address: optional(NewAddress),
  shipping_address: optional(NewAddress),
  currency: withDefault(currency({ description: 'What the customer pays in; USD unless given.' }), 'USD'),
  credit_limit: optional(
    nonNegativeInteger({
      description: 'How much may be open on account, in minor units of `currency`; nothing when absent.',
      example: 500000,
    }),
  ),
  payment_terms: optional(enumOf(PAYMENT_TERMS, { description: 'Days until an invoice is due; at once when absent.' })),
  tags: optional(listOf(text({ max: 50 }), { unique: true })),
  external_id: optional(text({ description: 'Your own id of the customer; unique in your organisation.' })),
  parent_id: optional(id('cus', { description: 'The company that this one belongs to.' })),
  metadata: optional(metadata()),
});
const CustomerPatch = patchOf(
  object({
    ...NewCustomer.properties,
    default_payment_method_id: optional(
      id('pmt', { description: 'What orders are paid with unless they say otherwise.' }),
    ),
  }),
);
export const CustomerId = object({ id: id('cus') });
const CustomerQuery = object({
  ...pageQuery,
  email: optional(email({ description: 'Compared without case.' })),
  external_id: optional(text()),
  type: optional(enumOf(CUSTOMER_TYPES)),
  status: optional(enumOf(CUSTOMER_STATUSES)),
  parent_id: optional(id('cus')),
  tag: optional(text({ max: 50, description: 'Exactly this one. Names are kept encrypted and cannot be searched.' })),
});
const MergeBody = object({
  from: id('cus', { description: 'The duplicate. Whatever names it means the other customer from now on.' }),
});

const CustomerView = Type.Object(
  {
    id: idView('cus'),
    type: Type.Enum([...CUSTOMER_TYPES]),
    status: Type.Enum([...CUSTOMER_STATUSES]),
    name: Type.String(),
    email: orNull(Type.String({ examples: ['ada@example.com'] })),
    phone: orNull(Type.String({ examples: ['+1234567890'] })),
    tax_ids: Type.Array(Type.Object({ type: Type.String(), value: Type.String() })),
    billing_address: orNull(AddressView),
    shipping_address: orNull(AddressView),
    currency: CurrencyCode,
    credit_limit: orNull(MinorUnits),
    payment_terms: orNull(Type.Enum([...PAYMENT_TERMS])),
    tags: Type.Array(Type.String()),
    external_id: orNull(Type.String()),
    parent_id: orNull(idView('cus')),
    default_payment_method_id: orNull(idView('pmt')),
    merged_into: orNull(idView('cus')),
    merged_ids: Type.Array(Type.String(), { description: 'The duplicates that were merged into this one.' }),
    metadata: MetadataView,
    erased_at: orNull(Timestamp),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'Customer' },
);

function customerView(customer: Customer) {
  return {
    id: customer.id,
    type: customer.type,
    status: customer.status,
    name: customer.name,
    email: customer.email,
    phone: customer.phone,
    tax_ids: customer.taxIds,
    billing_address: addressView(customer.billingAddress),
    shipping_address: addressView(customer.shippingAddress),
    currency: customer.currency,
    credit_limit: customer.creditLimit,
    payment_terms: customer.paymentTerms,
    tags: customer.tags,
    external_id: customer.externalId,
    parent_id: customer.parentId,
    default_payment_method_id: customer.defaultPaymentMethodId,
    merged_into: customer.mergedInto,
    merged_ids: customer.mergedIds,
    metadata: customer.metadata,
    erased_at: customer.erasedAt,
    created_at: customer.createdAt,
    updated_at: customer.updatedAt,
  };
}

/** A new customer as the module takes it. */
export function newCustomerInput<Body extends Omit<Static<typeof NewCustomer>, 'currency'> & { currency?: Currency }>(
  body: Body,
) {
  return {
    ...customerInput(body),
    billingAddress: body.billing_address && addressInput(body.billing_address),
    shippingAddress: body.shipping_address && addressInput(body.shipping_address),
  };
}

/** The service's form of a new customer or of a patch; a field that was not sent stays undefined. */
function customerInput<
  Body extends (Omit<Static<typeof NewCustomer>, 'currency'> & { currency?: Currency }) | Static<typeof CustomerPatch>,
>(body: Body) {
  const {
    tax_ids,
    billing_address: _billing,
    shipping_address: _shipping,
    credit_limit,
    payment_terms,
    external_id,
    parent_id: parentId,
    ...same
  } = body;
  const renamed = {
    parentId,
    taxIds: tax_ids,
    creditLimit: credit_limit,
    paymentTerms: payment_terms,
    externalId: external_id,
  };
  return { ...same, ...renamed };
}

/** /customers: companies and persons who buy (G-02). */
export function customerOperations(customers: Customers, cursors: CursorCodec): Operation[] {
  return [...writeOperations(customers), ...readOperations(customers, cursors), ...archiveOperations(customers)];
}

function writeOperations(customers: Customers): Operation[] {
  const create = operation({
    id: 'customers.create',
    method: 'POST',
    path: '/customers',
    summary: 'Create a customer',
    description: 'Adds a company or a person who buys from you. Names, contacts and addresses are kept encrypted.',
    access: { scope: 'customers:write' },
    body: NewCustomer,
    responses: { 201: { description: 'The new customer.', schema: CustomerView } },
    errors: ['duplicate'],
    async handle({ context, body }) {
      const customer = await customers.createCustomer(context, newCustomerInput(body));
      return created(customerView(customer), '/customers', customer.version);
    },
  });

  const update = operation({
    id: 'customers.update',
    method: 'PATCH',
    path: '/customers/:id',
    summary: 'Change a customer',
    description: 'A merge patch: only the fields you send change, also inside an address. Null clears a field.',
    access: { scope: 'customers:write' },
    params: CustomerId,
    body: CustomerPatch,
    responses: { 200: { description: 'The changed customer.', schema: CustomerView } },
    errors: ['duplicate', 'gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, params, body }) {
      const customer = await customers.updateCustomer(context, params.id, {
        ...customerInput(body),
        billingAddress: body.billing_address && addressInput(body.billing_address),
        shippingAddress: body.shipping_address && addressInput(body.shipping_address),
        defaultPaymentMethodId: body.default_payment_method_id,
      });
      return ok(customerView(customer), customer.version);
    },
  });

  return [create, update];
}

function readOperations(customers: Customers, cursors: CursorCodec): Operation[] {
  const list = operation({
    id: 'customers.list',
    method: 'GET',
    path: '/customers',
    summary: 'List customers',
    description: 'Newest first, archived ones included unless you filter by status.',
    access: { scope: 'customers:read' },
    query: CustomerQuery,
    responses: { 200: { description: 'A page of customers.', schema: pageOf(CustomerView) } },
    errors: ['validation'],
    async handle({ tenant, query }) {
      const name = listName('customers.list', query);
      const search = {
        email: query.email,
        externalId: query.external_id,
        type: query.type,
        status: query.status,
        parentId: query.parent_id,
        tag: query.tag,
      };
      const page = await customers.listCustomers(tenant, search, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, customerView);
    },
  });

  const get = operation({
    id: 'customers.get',
    method: 'GET',
    path: '/customers/:id',
    summary: 'Get a customer',
    description: 'One customer, archived or not.',
    access: { scope: 'customers:read' },
    params: CustomerId,
    responses: { 200: { description: 'The customer.', schema: CustomerView } },
    errors: [],
    cached: { service: 'customers', resource: 'customer' },
    async handle({ tenant, params }) {
      const customer = await customers.getCustomer(tenant, params.id);
      return ok(customerView(customer), customer.version);
    },
  });

  return [list, get];
}

function archiveOperations(customers: Customers): Operation[] {
  const archive = operation({
    id: 'customers.archive',
    method: 'DELETE',
    path: '/customers/:id',
    summary: 'Archive a customer',
    description: 'Keeps the customer for reading; it cannot be changed or order any more until it is restored.',
    access: { scope: 'customers:write' },
    params: CustomerId,
    responses: { 200: { description: 'The archived customer.', schema: CustomerView } },
    errors: ['gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      const customer = await customers.archiveCustomer(context, params.id);
      return ok(customerView(customer), customer.version);
    },
  });

  const restore = operation({
    id: 'customers.restore',
    method: 'POST',
    path: '/customers/:id/restore',
    summary: 'Restore a customer',
    description: 'Makes an archived customer active again, or parts one that was merged into another.',
    access: { scope: 'customers:write' },
    params: CustomerId,
    responses: { 200: { description: 'The restored customer.', schema: CustomerView } },
    errors: ['gone', 'invalid_state', 'precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      const customer = await customers.restoreCustomer(context, params.id);
      return ok(customerView(customer), customer.version);
    },
  });

  const merge = operation({
    id: 'customers.merge',
    method: 'POST',
    path: '/customers/:id/merge',
    summary: 'Merge a duplicate',
    description:
      'Makes one customer of two. Orders, payments, payment methods and contract prices of `from` count for this one ' +
      'from now on; `from` keeps its id and points here. Nothing is rewritten: restoring `from` parts them again.',
    access: { scope: 'customers:write' },
    params: CustomerId,
    body: MergeBody,
    responses: { 200: { description: 'The customer that stays.', schema: CustomerView } },
    errors: ['gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, params, body }) {
      const customer = await customers.mergeCustomers(context, params.id, body.from);
      return ok(customerView(customer), customer.version);
    },
  });

  return [archive, restore, merge, eraseOperation(customers)];
}

function eraseOperation(customers: Customers): Operation {
  return operation({
    id: 'customers.erase',
    method: 'POST',
    path: '/customers/:id/erase',
    summary: 'Erase a customer',
    description:
      'For good, as the law asks when a person wants to be forgotten: name, contacts, addresses, payment methods, mails ' +
      'and what orders and shipments tell about the person cannot be read any more, for merged duplicates either. ' +
      'Orders, payments and the statement stay, without the person; so do your finished imports and exports, without ' +
      'their files. Orders must be delivered or canceled before.',
    access: { scope: 'customers:erase' },
    params: CustomerId,
    responses: { 200: { description: 'What is left of the customer.', schema: CustomerView } },
    errors: ['invalid_state', 'precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      const customer = await customers.eraseCustomer(context, params.id);
      return ok(customerView(customer), customer.version);
    },
  });
}
