import { type Static, Type } from 'typebox';
import {
  currency,
  enumOf,
  id,
  metadata,
  object,
  optional,
  patchOf,
  text,
  timeZone,
  withDefault,
} from '#kernel/http/fields.ts';
import { type Operation, operation } from '#kernel/http/operation.ts';
import { idView, MetadataView, Timestamp } from '#kernel/http/shapes.ts';
import { type Identity, ORGANIZATION_STATUSES, type Organization, PLANS } from '#modules/identity/index.ts';
import { createdData, listAnswer, listOfViews, listQuery, okData, pageRequest, single } from './common/envelope.ts';

const Fields = {
  name: text({ max: 255, example: 'Northwind Ltd' }),
  default_currency: withDefault(currency({ description: 'USD unless given.' }), 'USD'),
  time_zone: withDefault(timeZone({ description: 'IANA name; UTC unless given.' }), 'UTC'),
  metadata: optional(metadata()),
};
const Plan = enumOf(PLANS, { description: 'Standard: free, starter. Professional: pro.' });
const NewOrganizationShape = object({ ...Fields, plan: withDefault(Plan, 'free') });
const ReplacementShape = object(Fields);
const PatchShape = patchOf(
  object({ ...Fields, plan: optional(Plan), status: optional(enumOf(ORGANIZATION_STATUSES)) }),
);
const OrganizationIdShape = object({ id: id('org') });
const OrganizationQuery = object({ ...listQuery, status: optional(enumOf(ORGANIZATION_STATUSES)) });

const OrganizationView = Type.Object(
  {
    id: idView('org'),
    name: Type.String(),
    default_currency: Type.String(),
    time_zone: Type.String(),
    plan: Type.Enum([...PLANS]),
    status: Type.Enum([...ORGANIZATION_STATUSES]),
    metadata: MetadataView,
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'Organization' },
);

function organizationView(organization: Organization): Static<typeof OrganizationView> {
  return {
    id: organization.id,
    name: organization.name,
    default_currency: organization.defaultCurrency,
    time_zone: organization.timeZone,
    plan: organization.plan,
    status: organization.status,
    metadata: organization.metadata,
    created_at: organization.createdAt,
    updated_at: organization.updatedAt,
  };
}

/** /v1/organizations: a key sees its own; a key of the platform sees, makes and ends all. */
export function organizationOperations(identity: Identity): Operation[] {
  return [...readOperations(identity), ...changeOperations(identity), ...platformOperations(identity)];
}

function readOperations(identity: Identity): Operation[] {
  const list = operation({
    id: 'v1.organizations.list',
    method: 'GET',
    path: '/v1/organizations',
    summary: 'List organisations',
    description: 'Your own organisation, newest first; all of them for a key of the platform.',
    access: { scope: 'organizations:read' },
    query: OrganizationQuery,
    responses: { 200: { description: 'A page of organisations.', schema: listOfViews(OrganizationView) } },
    errors: ['validation'],
    async handle({ tenant, query }) {
      const page = await identity.listOrganizations(tenant, { status: query.status }, pageRequest(query));
      return listAnswer(query, page, organizationView);
    },
  });

  const get = operation({
    id: 'v1.organizations.get',
    method: 'GET',
    path: '/v1/organizations/:id',
    summary: 'Get an organisation',
    description: 'Your own organisation; any one for a key of the platform.',
    access: { scope: 'organizations:read' },
    params: OrganizationIdShape,
    responses: { 200: { description: 'The organisation.', schema: single(OrganizationView) } },
    errors: [],
    async handle({ tenant, params }) {
      const organization = await identity.getOrganization(tenant, params.id);
      return okData(organizationView(organization), organization.version);
    },
  });

  return [list, get];
}

function changeOperations(identity: Identity): Operation[] {
  const replace = operation({
    id: 'v1.organizations.replace',
    method: 'PUT',
    path: '/v1/organizations/:id',
    summary: 'Replace an organisation',
    description: 'Fields that you leave out go back to their defaults. `plan` and `status` stay as they are.',
    access: { scope: 'organizations:write' },
    params: OrganizationIdShape,
    body: ReplacementShape,
    responses: { 200: { description: 'The organisation as it is now.', schema: single(OrganizationView) } },
    errors: ['precondition_failed', 'resource_locked'],
    async handle({ context, params, body }) {
      const { default_currency: defaultCurrency, time_zone: timeZoneName, ...rest } = body;
      const input = { ...rest, defaultCurrency, timeZone: timeZoneName };
      const organization = await identity.replaceOrganization(context, params.id, input);
      return okData(organizationView(organization), organization.version);
    },
  });

  const update = operation({
    id: 'v1.organizations.update',
    method: 'PATCH',
    path: '/v1/organizations/:id',
    summary: 'Change an organisation',
    description: 'Only the fields you send change. `plan` and `status` are changed by the platform.',
    access: { scope: 'organizations:write' },
    params: OrganizationIdShape,
    body: PatchShape,
    responses: { 200: { description: 'The changed organisation.', schema: single(OrganizationView) } },
    errors: ['precondition_failed', 'resource_locked'],
    async handle({ context, principal, params, body }) {
      const { default_currency: defaultCurrency, time_zone: timeZoneName, plan, status, ...rest } = body;
      const input = { plan: plan ?? undefined, status: status ?? undefined, defaultCurrency, timeZone: timeZoneName };
      const organization = await identity.updateOrganization(
        context,
        params.id,
        { ...rest, ...input },
        principal.platform,
      );
      return okData(organizationView(organization), organization.version);
    },
  });

  return [replace, update];
}

function platformOperations(identity: Identity): Operation[] {
  const create = operation({
    id: 'v1.organizations.create',
    method: 'POST',
    path: '/v1/organizations',
    summary: 'Create an organisation',
    description: 'A new tenant. Needs a key of the platform.',
    access: { scope: 'platform:admin' },
    body: NewOrganizationShape,
    responses: { 201: { description: 'The new organisation.', schema: single(OrganizationView) } },
    errors: [],
    async handle({ context, body }) {
      const { default_currency: defaultCurrency, time_zone: timeZoneName, ...rest } = body;
      const input = { ...rest, defaultCurrency, timeZone: timeZoneName };
      const organization = await identity.createOrganization(context, input);
      return createdData(organizationView(organization), '/v1/organizations', organization.version);
    },
  });

  const remove = operation({
    id: 'v1.organizations.delete',
    method: 'DELETE',
    path: '/v1/organizations/:id',
    summary: 'Delete an organisation',
    description:
      'Suspends it: its credentials stop working at once, its data is kept. Deleting again answers the same. Needs a key of the platform.',
    access: { scope: 'platform:admin' },
    params: OrganizationIdShape,
    responses: { 204: { description: 'The organisation is suspended.' } },
    errors: ['precondition_failed', 'resource_locked'],
    async handle({ context, principal, params }) {
      await identity.updateOrganization(context, params.id, { status: 'suspended' }, principal.platform);
      return { status: 204 };
    },
  });

  return [create, remove];
}
