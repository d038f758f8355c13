import { type Static, Type } from 'typebox';
import type { EditionContract } from '#gateway/contract/edition.ts';
import { isSingle } from '#kernel/database/tenant.ts';
import type { KeptRequest } from '#kernel/database/write-path.ts';
import { DomainError, notFound } from '#kernel/errors.ts';
import { object, text } from '#kernel/http/fields.ts';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import type { Principal } from '#kernel/http/principal.ts';
import { orNull, Timestamp } from '../common/shapes.ts';
import type { SystemStatus } from './system.ts';

const KeptRequestView = Type.Object({
  operation: Type.String({ examples: ['orders.create'] }),
  state: Type.Enum(['running', 'done', 'refused']),
  object_id: orNull(Type.String({ description: 'The object that the answer shows.' })),
  error: orNull(Type.Object({ code: Type.String(), message: Type.String() })),
  request_id: Type.String(),
  created_at: Timestamp,
  expires_at: Timestamp,
});
const IdempotencyKeyView = Type.Object(
  { key: Type.String(), requests: Type.Array(KeptRequestView, { description: 'One for each operation.' }) },
  { $id: 'IdempotencyKey' },
);

function keptRequestView(request: KeptRequest, { errors }: EditionContract): Static<typeof KeptRequestView> {
  const { refusal } = request;
  return {
    operation: request.operation,
    state: request.state,
    object_id: request.objectId,
    error: refusal ? { code: errors[refusal.kind].code, message: refusal.message } : null,
    request_id: request.requestId,
    created_at: request.createdAt,
    expires_at: request.expiresAt,
  };
}

/** The commands whose outcome this credential may know, those it could have called itself, each with its edition. */
function commandsOf(principal: Principal, editions: readonly EditionContract[]): Map<string, EditionContract> {
  const mayCall = ({ method, access }: Operation) =>
    method !== 'GET' && 'scope' in access && principal.scopes.has(access.scope);
  return new Map(
    editions.flatMap((edition) => edition.operations.filter(mayCall).map(({ id }) => [id, edition] as const)),
  );
}

/** GET /idempotency-keys/:key, for a client that lost the answer and does not want to send the request again (G-14). */
export function keptRequestOperation(system: SystemStatus): Operation {
  return operation({
    id: 'idempotency_keys.get',
    method: 'GET',
    path: '/idempotency-keys/:key',
    summary: 'What became of a request',
    description:
      'Tells for 24 hours what became of the requests of your organisation with this idempotency key, in whichever edition. Requests to operations ' +
      'that your credential may not call are left out. Repeating the request with its key gives the whole answer.',
    access: { anyCredential: 'each request is shown to those alone who may call its operation' },
    params: object({ key: text({ max: 255, description: 'As it was sent in `Idempotency-Key`.' }) }),
    responses: { 200: { description: 'The requests with this key.', schema: IdempotencyKeyView } },
    errors: ['bad_request'],
    async handle({ tenant, params: { key }, principal }) {
      if (!isSingle(tenant)) {
        throw new DomainError('bad_request', 'Send `X-Organization-Id` to say whose idempotency key this is.');
      }
      const commands = commandsOf(principal, system.editions());
      const found = await system.keptRequests(tenant, [...commands.keys()], key);
      if (found.length === 0) throw notFound('idempotency key', key);
      return ok({ key, requests: found.map((request) => keptRequestView(request, commands.get(request.operation)!)) });
    },
  });
}
