import { Type } from 'typebox';
import type { ErrorDetail } from '#kernel/errors.ts';
import { type Refusal, refuse } from '#kernel/http/fields/refusal.ts';
import { isBlank, leaf } from '#kernel/http/fields/schema.ts';
import { MAX_ITEMS, object } from '#kernel/http/fields.ts';
import { type Operation, operation } from '#kernel/http/operation.ts';
import { compile } from '#kernel/http/validate.ts';
import type { Identity, NewUser, UserOutcome } from '#modules/identity/index.ts';
import { V1_ERRORS } from '../render.ts';
import { NewUserShape, UserView, userView } from './users.ts';

const readUser = compile(NewUserShape);

/** 1 to 100 entries that are judged one by one, so that a wrong one is an outcome of its own and not of the request. */
const Entries = leaf<unknown[]>(
  { kind: 'judgedList', normaliser: () => readEntries },
  { type: 'array', items: NewUserShape, minItems: 1, maxItems: MAX_ITEMS },
  { description: `At most ${MAX_ITEMS}; each is judged for itself.` },
);

function readEntries(value: unknown): unknown[] | Refusal | null {
  if (isBlank(value)) return null;
  if (!Array.isArray(value)) return refuse('type', 'Send a JSON array.');
  if (value.length > MAX_ITEMS) return refuse('too_many', `Send at most ${MAX_ITEMS} users in one batch.`);
  if (value.length === 0) return refuse('too_few', 'Send at least 1 user.');
  return value;
}

const OutcomeView = Type.Object({
  index: Type.Integer({ description: 'Of the entry in your request.' }),
  status: Type.Integer({ description: 'What a request with this entry alone would have answered.' }),
  data: Type.Optional(UserView),
  error: Type.Optional(
    Type.Object({
      code: Type.String(),
      message: Type.String(),
      details: Type.Array(Type.Object({ field: Type.String(), message: Type.String(), code: Type.String() })),
    }),
  ),
});

const BATCH_TIMEOUT_MS = 120_000;

/** POST /v1/users/batch. */
export function userBatchOperation(identity: Identity): Operation {
  return operation({
    id: 'v1.users.create_batch',
    method: 'POST',
    path: '/v1/users/batch',
    summary: 'Create up to 100 users',
    description:
      'Each entry succeeds or fails for itself; of two with one address the first counts. Costs one item of the batch limit for each entry.',
    access: { scope: 'users:write' },
    body: object({ users: Entries }),
    responses: {
      200: {
        description: 'One outcome for each entry, in order.',
        schema: Type.Object({
          data: Type.Array(OutcomeView),
          created: Type.Integer(),
          failed: Type.Integer(),
        }),
      },
    },
    errors: ['duplicate'],
    timeoutMs: BATCH_TIMEOUT_MS,
    batchItems: ({ users }) => users.length,
    async handle({ context, principal, body }) {
      const entries = body.users.map((entry) => readUser(entry, 'body'));
      const sound = entries.flatMap(({ value }) => (value ? [value as NewUser] : []));
      const outcomes = await identity.createUsers(context, sound, principal.scopes);
      let next = 0;
      const data = entries.map(({ errors }, index) => ({
        index,
        ...(errors ? refused('validation', 'The entry breaks a rule.', errors) : outcome(outcomes[next++]!)),
      }));
      const created = data.filter(({ status }) => status === 201).length;
      return { status: 200, body: { data, created, failed: data.length - created } };
    },
  });
}

function outcome({ user, refusal }: UserOutcome) {
  return user ? { status: 201, data: userView(user) } : refused(refusal.kind, refusal.message, refusal.details);
}

function refused(kind: keyof typeof V1_ERRORS, message: string, details: readonly ErrorDetail[]) {
  const { status, code } = V1_ERRORS[kind];
  return { status, error: { code, message, details: [...details] } };
}
