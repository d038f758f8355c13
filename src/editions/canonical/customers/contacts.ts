import { type Static, Type } from 'typebox';
import {
  email,
  enumOf,
  id,
  listOf,
  nonNegativeInteger,
  object,
  optional,
  patchOf,
  phone,
  text,
} from '#kernel/http/fields.ts';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import { CONTACT_ROLES, type Contact, type Customers } from '#modules/customers/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { idView, MinorUnits, orNull, Timestamp } from '../common/shapes.ts';
import { CustomerId } from './customers.ts';

const NewContact = object({
  name: text({ max: 255, example: 'Grace Hopper' }),
  email: optional(email()),
  phone: optional(phone()),
  job_title: optional(text({ max: 100 })),
  user_id: optional(id('usr', { description: 'The person who logs in for this contact.' })),
  roles: listOf(enumOf(CONTACT_ROLES), { unique: true, description: 'What it may do for the customer.' }),
  spending_limit: optional(
    nonNegativeInteger({
      description:
        'For one order, in minor units of the currency of the customer; above it somebody else approves before this person confirms.',
      example: 100000,
    }),
  ),
});
const ContactPatch = patchOf(NewContact);
const ContactPath = object({ id: id('cus'), contact_id: id('con') });
const ContactQuery = object(pageQuery);

const ContactView = Type.Object(
  {
    id: idView('con'),
    customer_id: idView('cus'),
    user_id: orNull(idView('usr')),
    name: Type.String(),
    email: orNull(Type.String()),
    phone: orNull(Type.String()),
    job_title: orNull(Type.String()),
    roles: Type.Array(Type.Enum([...CONTACT_ROLES])),
    spending_limit: orNull(MinorUnits),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'Contact' },
);

function contactView(contact: Contact) {
  return {
    id: contact.id,
    customer_id: contact.customerId,
    user_id: contact.userId,
    name: contact.name,
    email: contact.email,
    phone: contact.phone,
    job_title: contact.jobTitle,
    roles: contact.roles,
    spending_limit: contact.spendingLimit,
    created_at: contact.createdAt,
    updated_at: contact.updatedAt,
  };
}

function contactInput<Body extends Static<typeof NewContact> | Static<typeof ContactPatch>>(body: Body) {
  const { job_title: jobTitle, user_id: userId, spending_limit: spendingLimit, ...same } = body;
  return { ...same, jobTitle, userId, spendingLimit };
}

/** /customers/:id/contacts (G-03). */
export function contactOperations(customers: Customers, cursors: CursorCodec): Operation[] {
  return [...contactWrites(customers), ...contactReads(customers, cursors)];
}

function contactWrites(customers: Customers): Operation[] {
  const create = operation({
    id: 'contacts.create',
    method: 'POST',
    path: '/customers/:id/contacts',
    summary: 'Add a contact',
    description: 'A person of the customer, with what it may do: buy, approve, or see the books.',
    access: { scope: 'customers:write' },
    params: CustomerId,
    body: NewContact,
    responses: { 201: { description: 'The new contact.', schema: ContactView } },
    errors: ['gone', 'duplicate'],
    async handle({ context, params, body }) {
      const contact = await customers.addContact(context, params.id, { ...contactInput(body), roles: body.roles });
      const location = `/customers/${params.id}/contacts/${contact.id}`;
      return { status: 201, body: contactView(contact), version: contact.version, headers: { location } };
    },
  });

  const update = operation({
    id: 'contacts.update',
    method: 'PATCH',
    path: '/customers/:id/contacts/:contact_id',
    summary: 'Change a contact',
    description: 'A merge patch: only the fields you send change.',
    access: { scope: 'customers:write' },
    params: ContactPath,
    body: ContactPatch,
    responses: { 200: { description: 'The changed contact.', schema: ContactView } },
    errors: ['gone', 'duplicate', 'precondition_failed', 'resource_locked'],
    async handle({ context, params, body }) {
      const contact = await customers.updateContact(context, params.id, params.contact_id, contactInput(body));
      return ok(contactView(contact), contact.version);
    },
  });

  const remove = operation({
    id: 'contacts.delete',
    method: 'DELETE',
    path: '/customers/:id/contacts/:contact_id',
    summary: 'Remove a contact',
    description: 'For good: the key of its personal data is destroyed with it.',
    access: { scope: 'customers:write' },
    params: ContactPath,
    responses: { 204: { description: 'It is gone.' } },
    errors: ['precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      await customers.removeContact(context, params.id, params.contact_id);
      return { status: 204 };
    },
  });

  return [create, update, remove];
}

function contactReads(customers: Customers, cursors: CursorCodec): Operation[] {
  const list = operation({
    id: 'contacts.list',
    method: 'GET',
    path: '/customers/:id/contacts',
    summary: 'List contacts',
    description: 'The people of a customer, newest first; those of merged duplicates too.',
    access: { scope: 'customers:read' },
    params: CustomerId,
    query: ContactQuery,
    responses: { 200: { description: 'A page of contacts.', schema: pageOf(ContactView) } },
    errors: [],
    async handle({ context, params, query }) {
      const name = listName(`contacts.list ${params.id}`, query);
      const page = await customers.listContacts(context.tenant, params.id, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, contactView);
    },
  });

  const get = operation({
    id: 'contacts.get',
    method: 'GET',
    path: '/customers/:id/contacts/:contact_id',
    summary: 'Get a contact',
    description: 'One person of a customer.',
    access: { scope: 'customers:read' },
    params: ContactPath,
    responses: { 200: { description: 'The contact.', schema: ContactView } },
    errors: [],
    async handle({ context, params }) {
      const contact = await customers.getContact(context.tenant, params.id, params.contact_id);
      return ok(contactView(contact), contact.version);
    },
  });

  return [list, get];
}
