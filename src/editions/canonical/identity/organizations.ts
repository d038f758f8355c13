import { type Static, Type } from 'typebox';
import {
  currency,
  enumOf,
  id,
  metadata,
  object,
  optional,
  patchOf,
  positiveInteger,
  text,
  timeZone,
  withDefault,
} from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import { type Identity, ORGANIZATION_STATUSES, type Organization, PLANS } from '#modules/identity/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { CurrencyCode, idView, MetadataView, orNull, Timestamp } from '../common/shapes.ts';

const Fields = {
  name: text({ max: 255, example: 'Northwind Ltd' }),
  default_currency: withDefault(currency({ description: 'USD unless given.' }), 'USD'),
  time_zone: withDefault(timeZone({ description: 'IANA name; UTC unless given.' }), 'UTC'),
  plan: withDefault(enumOf(PLANS, { description: 'Rate limits follow it; changed by the platform.' }), 'free'),
  request_limits: optional(
    object(
      {
        per_minute: optional(positiveInteger({ max: 1_000_000_000 })),
        per_day: optional(positiveInteger({ max: 1_000_000_000 })),
      },
      { description: 'Agreed limits of /v1 and /v2 in place of those of the plan (C-03); changed by the platform.' },
    ),
  ),
  metadata: optional(metadata()),
};
const NewOrganizationShape = object(Fields);
const OrganizationPatchShape = patchOf(object({ ...Fields, status: optional(enumOf(ORGANIZATION_STATUSES)) }));
const OrganizationIdShape = object({ id: id('org') });
const OrganizationQuery = object({ ...pageQuery, status: optional(enumOf(ORGANIZATION_STATUSES)) });

const OrganizationView = Type.Object(
  {
    id: idView('org'),
    name: Type.String(),
    default_currency: CurrencyCode,
    time_zone: Type.String(),
    plan: Type.Enum([...PLANS]),
    request_limits: Type.Object({ per_minute: orNull(Type.Integer()), per_day: orNull(Type.Integer()) }),
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
    request_limits: { per_minute: organization.requestLimits.perMinute, per_day: organization.requestLimits.perDay },
    status: organization.status,
    metadata: organization.metadata,
    created_at: organization.createdAt,
    updated_at: organization.updatedAt,
  };
}

/** /organizations (G-08): everybody sees and changes their own, the platform all. */
export function organizationOperations(identity: Identity, cursors: CursorCodec): Operation[] {
  const create = operation({
    id: 'organizations.create',
    method: 'POST',
    path: '/organizations',
    summary: 'Create an organisation',
    description: 'A new tenant. For platform administrators.',
    access: { scope: 'platform:admin' },
    body: NewOrganizationShape,
    responses: { 201: { description: 'The new organisation.', schema: OrganizationView } },
    errors: [],
    async handle({ context, body }) {
      const { default_currency: defaultCurrency, time_zone: timeZoneName, request_limits: limits, ...rest } = body;
      const requestLimits = { perMinute: limits?.per_minute ?? null, perDay: limits?.per_day ?? null };
      const input = { ...rest, defaultCurrency, timeZone: timeZoneName, requestLimits };
      const organization = await identity.createOrganization(context, input);
      return created(organizationView(organization), '/organizations', organization.version);
    },
  });

  const list = operation({
    id: 'organizations.list',
    method: 'GET',
    path: '/organizations',
    summary: 'List organisations',
    description: 'Newest first. Your own one, or all for a platform administrator.',
    access: { scope: 'organizations:read' },
    query: OrganizationQuery,
    responses: { 200: { description: 'A page of organisations.', schema: pageOf(OrganizationView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('organizations.list', query);
      const request = pageRequest(cursors, name, query);
      const page = await identity.listOrganizations(tenant, { status: query.status }, request);
      return pageAnswer(cursors, name, page, organizationView);
    },
  });

  return [create, list, ...singleOperations(identity)];
}

function singleOperations(identity: Identity): Operation[] {
  const get = operation({
    id: 'organizations.get',
    method: 'GET',
    path: '/organizations/:id',
    summary: 'Get an organisation',
    description: 'Your own organisation; any one for a platform administrator.',
    access: { scope: 'organizations:read' },
    params: OrganizationIdShape,
    responses: { 200: { description: 'The organisation.', schema: OrganizationView } },
    errors: [],
    async handle({ tenant, params }) {
      const organization = await identity.getOrganization(tenant, params.id);
      return ok(organizationView(organization), organization.version);
    },
  });

  const update = operation({
    id: 'organizations.update',
    method: 'PATCH',
    path: '/organizations/:id',
    summary: 'Change an organisation',
    description:
      'A merge patch. `plan`, `request_limits` and `status` can only be changed by a platform administrator.',
    access: { scope: 'organizations:write' },
    params: OrganizationIdShape,
    body: OrganizationPatchShape,
    responses: { 200: { description: 'The changed organisation.', schema: OrganizationView } },
    errors: ['precondition_failed', 'resource_locked'],
    async handle({ context, principal, params, body }) {
      const {
        default_currency: defaultCurrency,
        time_zone: timeZoneName,
        request_limits: limits,
        status,
        ...rest
      } = body;
      const requestLimits = limits && { perMinute: limits.per_minute, perDay: limits.per_day };
      const patch = { ...rest, status: status ?? undefined, requestLimits, defaultCurrency, timeZone: timeZoneName };
      const organization = await identity.updateOrganization(context, params.id, patch, principal.platform);
      return ok(organizationView(organization), organization.version);
    },
  });

  return [get, update];
}
