import { Type } from 'typebox';
import { enumOf, id, listOf, object, optional, patchOf, text } from '#kernel/http/fields.ts';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import { ADDRESS_TYPES, type BookedAddress, type Customers } from '#modules/customers/index.ts';
import { AddressView, addressInput, addressView, NewAddress } from '../common/addresses.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { idView, orNull, Timestamp } from '../common/shapes.ts';
import { CustomerId } from './customers.ts';

const NewBookedAddress = object({
  types: listOf(enumOf(ADDRESS_TYPES), { unique: true, min: 1 }),
  label: optional(text({ max: 100, example: 'Warehouse north' })),
  address: NewAddress,
});
const BookedAddressPatch = patchOf(NewBookedAddress);
const AddressPath = object({ id: id('cus'), address_id: id('adr') });
const AddressQuery = object(pageQuery);

const BookedAddressView = Type.Object(
  {
    id: idView('adr'),
    customer_id: idView('cus'),
    types: Type.Array(Type.Enum([...ADDRESS_TYPES])),
    label: orNull(Type.String()),
    address: AddressView,
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'CustomerAddress' },
);

function bookedView({ id, customerId, types, label, address, createdAt, updatedAt }: BookedAddress) {
  const times = { created_at: createdAt, updated_at: updatedAt };
  return { id, customer_id: customerId, types, label, address: addressView(address), ...times };
}

/** /customers/:id/addresses: further addresses beside the two of the customer itself. */
export function addressOperations(customers: Customers, cursors: CursorCodec): Operation[] {
  return [...addressWrites(customers), ...addressReads(customers, cursors)];
}

function addressWrites(customers: Customers): Operation[] {
  const create = operation({
    id: 'customer_addresses.create',
    method: 'POST',
    path: '/customers/:id/addresses',
    summary: 'Add an address',
    description: 'One more address of the customer, for one or several purposes. It is kept encrypted.',
    access: { scope: 'customers:write' },
    params: CustomerId,
    body: NewBookedAddress,
    responses: { 201: { description: 'The new address.', schema: BookedAddressView } },
    errors: ['gone'],
    async handle({ context, params, body }) {
      const { types, label } = body;
      const booked = await customers.addAddress(context, params.id, {
        types,
        label,
        address: addressInput(body.address),
      });
      const location = `/customers/${params.id}/addresses/${booked.id}`;
      return { status: 201, body: bookedView(booked), version: booked.version, headers: { location } };
    },
  });

  const update = operation({
    id: 'customer_addresses.update',
    method: 'PATCH',
    path: '/customers/:id/addresses/:address_id',
    summary: 'Change an address',
    description: 'A merge patch: only the lines you send change.',
    access: { scope: 'customers:write' },
    params: AddressPath,
    body: BookedAddressPatch,
    responses: { 200: { description: 'The changed address.', schema: BookedAddressView } },
    errors: ['gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, params, body }) {
      const { types, label } = body;
      const address = body.address && addressInput(body.address);
      const booked = await customers.updateAddress(context, params.id, params.address_id, { types, label, address });
      return ok(bookedView(booked), booked.version);
    },
  });

  const remove = operation({
    id: 'customer_addresses.delete',
    method: 'DELETE',
    path: '/customers/:id/addresses/:address_id',
    summary: 'Remove an address',
    description: 'For good; orders keep the addresses they were sent to.',
    access: { scope: 'customers:write' },
    params: AddressPath,
    responses: { 204: { description: 'It is gone.' } },
    errors: ['precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      await customers.removeAddress(context, params.id, params.address_id);
      return { status: 204 };
    },
  });

  return [create, update, remove];
}

function addressReads(customers: Customers, cursors: CursorCodec): Operation[] {
  const list = operation({
    id: 'customer_addresses.list',
    method: 'GET',
    path: '/customers/:id/addresses',
    summary: 'List addresses',
    description: 'The further addresses of a customer, newest first; those of merged duplicates too.',
    access: { scope: 'customers:read' },
    params: CustomerId,
    query: AddressQuery,
    responses: { 200: { description: 'A page of addresses.', schema: pageOf(BookedAddressView) } },
    errors: [],
    async handle({ context, params, query }) {
      const name = listName(`customer_addresses.list ${params.id}`, query);
      const page = await customers.listAddresses(context.tenant, params.id, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, bookedView);
    },
  });

  const get = operation({
    id: 'customer_addresses.get',
    method: 'GET',
    path: '/customers/:id/addresses/:address_id',
    summary: 'Get an address',
    description: 'One further address of a customer.',
    access: { scope: 'customers:read' },
    params: AddressPath,
    responses: { 200: { description: 'The address.', schema: BookedAddressView } },
    errors: [],
    async handle({ context, params }) {
      const booked = await customers.getAddress(context.tenant, params.id, params.address_id);
      return ok(bookedView(booked), booked.version);
    },
  });

  return [list, get];
}
