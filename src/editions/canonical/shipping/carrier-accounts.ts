import { Type } from 'typebox';
import { enumOf, id, object, optional, text } from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import { CARRIERS, type CarrierAccount, type Shipping } from '#modules/shipping/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { idView, orNull, Timestamp } from '../common/shapes.ts';

const NewAccount = object({
  carrier: enumOf(CARRIERS),
  label: optional(text({ max: 100, description: 'Your own word for it.', example: 'Contract 4711' })),
});
const AccountId = object({ id: id('cac') });
const AccountQuery = object({ ...pageQuery, carrier: optional(enumOf(CARRIERS)) });

const fields = {
  id: idView('cac'),
  carrier: Type.Enum([...CARRIERS]),
  label: orNull(Type.String()),
  inbound_path: Type.String({ description: 'Where the carrier sends its news, behind the address of this server.' }),
  previous_secret_until: orNull(Timestamp),
  created_at: Timestamp,
  updated_at: Timestamp,
};
const AccountView = Type.Object(fields, { $id: 'CarrierAccount' });
const NewAccountView = Type.Object(
  { ...fields, secret: Type.String({ description: 'Shown this once. The key of the HMAC that signs the news.' }) },
  { $id: 'CarrierAccountWithSecret' },
);

function accountView(account: CarrierAccount) {
  return {
    id: account.id,
    carrier: account.carrier,
    label: account.label,
    inbound_path: `/inbound/carriers/${account.carrier}?account=${account.id}`,
    previous_secret_until: account.previousSecretUntil,
    created_at: account.createdAt,
    updated_at: account.updatedAt,
  };
}

function accountWithSecret(account: CarrierAccount, secret: string) {
  return { ...accountView(account), secret };
}

/** /carrier-accounts: whose news come in, and how they are signed. */
export function carrierAccountOperations({ carrierAccounts }: Shipping, cursors: CursorCodec): Operation[] {
  const create = operation({
    id: 'carrier_accounts.create',
    method: 'POST',
    path: '/carrier-accounts',
    summary: 'Let a carrier send its news',
    description:
      'Makes the secret that the carrier signs with and the path it sends to. The secret is shown this once.',
    access: { scope: 'shipping:write' },
    body: NewAccount,
    responses: { 201: { description: 'The account with its secret.', schema: NewAccountView } },
    errors: [],
    async handle({ context, body }) {
      const { secret, ...account } = await carrierAccounts.createCarrierAccount(context, {
        carrier: body.carrier,
        label: body.label ?? null,
      });
      return created(accountWithSecret(account, secret), '/carrier-accounts', account.version);
    },
  });

  const list = operation({
    id: 'carrier_accounts.list',
    method: 'GET',
    path: '/carrier-accounts',
    summary: 'List carrier accounts',
    description: 'The carrier accounts of your organisation, newest first, without their secrets.',
    access: { scope: 'shipping:read' },
    query: AccountQuery,
    responses: { 200: { description: 'A page of carrier accounts.', schema: pageOf(AccountView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('carrier_accounts.list', query);
      const filter = { carrier: query.carrier };
      const page = await carrierAccounts.listCarrierAccounts(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, accountView);
    },
  });

  return [create, list, ...oneAccount({ carrierAccounts })];
}

function oneAccount({ carrierAccounts }: Pick<Shipping, 'carrierAccounts'>): Operation[] {
  const get = operation({
    id: 'carrier_accounts.get',
    method: 'GET',
    path: '/carrier-accounts/:id',
    summary: 'Get a carrier account',
    description: 'One carrier account of your organisation, without its secret.',
    access: { scope: 'shipping:read' },
    params: AccountId,
    responses: { 200: { description: 'The account.', schema: AccountView } },
    errors: [],
    async handle({ tenant, params }) {
      const account = await carrierAccounts.getCarrierAccount(tenant, params.id);
      return ok(accountView(account), account.version);
    },
  });

  const rotate = operation({
    id: 'carrier_accounts.rotate',
    method: 'POST',
    path: '/carrier-accounts/:id/rotate-secret',
    summary: 'Rotate the secret of a carrier account',
    description: 'Makes a new secret, shown this once. The one before is taken for 24 hours more.',
    access: { scope: 'shipping:write' },
    params: AccountId,
    responses: { 200: { description: 'The account with its new secret.', schema: NewAccountView } },
    errors: ['precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      const { secret, ...account } = await carrierAccounts.rotateCarrierAccount(context, params.id);
      return ok(accountWithSecret(account, secret), account.version);
    },
  });

  const remove = operation({
    id: 'carrier_accounts.delete',
    method: 'DELETE',
    path: '/carrier-accounts/:id',
    summary: 'Delete a carrier account',
    description: 'Its news are refused from now on. Shipments and what was told of them stay.',
    access: { scope: 'shipping:write' },
    params: AccountId,
    responses: { 204: { description: 'The account is gone.' } },
    errors: ['precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      await carrierAccounts.deleteCarrierAccount(context, params.id);
      return { status: 204 };
    },
  });

  return [get, rotate, remove];
}
