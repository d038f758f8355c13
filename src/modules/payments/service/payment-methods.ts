import { refuseCardNumbers } from '#kernel/card-number.ts';
import type { Clock } from '#kernel/clock.ts';
import { type CommandContext, innerContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { DomainError, invalidField, notFound, wrongReference } from '#kernel/errors.ts';
import { type CustomerId, newId, type PaymentMethodId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Customers } from '#modules/customers/index.ts';
import { type PaymentMethodEventType, paymentMethodEvent } from '../events.ts';
import {
  expiresAt,
  isExpired,
  MAX_VERIFICATION_ATTEMPTS,
  type NewPaymentMethod,
  type PaymentMethod,
} from '../payment-method.ts';
import * as store from '../payment-methods.store.ts';
import type { TokenDescription } from '../processor.ts';
import type { ProcessorCalls } from './processor-calls.ts';

export const EXPIRY_JOB = 'payments.note-expiry';

/** What customers pay with (G-04). The first method of a customer is its default. */
export interface PaymentMethods {
  /** Errors: `validation` (unknown token, a card number, a customer who is unknown or archived), `resource_locked`. */
  attach(context: CommandContext, input: NewPaymentMethod): Promise<PaymentMethod>;
  /** Errors: `not_found`. */
  get(scope: Scope, id: PaymentMethodId): Promise<PaymentMethod>;
  /** The attached ones. */
  list(scope: Scope, filter: { customerId?: CustomerId }, page: PageRequest): Promise<Page<PaymentMethod>>;
  /** Errors: `not_found`, `gone` (detached), `precondition_failed`. */
  setDefault(context: CommandContext, id: PaymentMethodId): Promise<PaymentMethod>;
  /** Makes none of a customer's methods the default. */
  clearDefault(context: CommandContext, customerId: CustomerId): Promise<void>;
  /**
   * Proves a bank account by the amounts of its two micro-deposits, in minor units. Errors: `not_found`, `gone`,
   * `invalid_state` (nothing to verify), `validation` (wrong; the third wrong answer ends it), `precondition_failed`.
   */
  verify(context: CommandContext, id: PaymentMethodId, amounts: readonly number[]): Promise<PaymentMethod>;
  /** Whether the card is over by the clock. */
  isExpired(method: PaymentMethod): boolean;
  /** For the job of the month after the one on the card: tells that it has expired. */
  noteExpiry(context: CommandContext, id: PaymentMethodId): Promise<void>;
  /** Keeps the row for the payments that used it. Errors: `not_found`, `gone` (detached before), `precondition_failed`. */
  detach(context: CommandContext, id: PaymentMethodId): Promise<PaymentMethod>;
  findDefault(tenant: Tenant, customerId: CustomerId): Promise<PaymentMethod | null>;
  /** With the processor's token, unsealed; for calls of the processor only. Errors: `not_found`. */
  withToken(tenant: Tenant, id: PaymentMethodId): Promise<{ method: PaymentMethod; token: string }>;
}

export function createPaymentMethods(kit: ModuleKit, calls: ProcessorCalls, customers: Customers): PaymentMethods {
  const { database } = kit;
  return {
    ...methodChanges(kit, calls),
    get: (scope, id) => getMethod(kit, scope, id),
    async list(scope, { customerId }, page) {
      const customerIds = customerId && (await customers.partiesOf(scope, customerId));
      return store.methodsList(database, scope, { customerIds }, page);
    },
    findDefault: (tenant, customerId) => store.methodFindDefault(database, tenant, customerId),

    withToken: (tenant, id) => withToken(kit, tenant, id),
    isExpired: (method) => isExpired(method, kit.clock.now()),

    attach: (context, input) =>
      kit.writes.orStored(context, async () => {
        const description = await checkToken(calls, customers, context, input, kit.clock.now());
        const { customerId, token } = input;
        const kept = await calls.ask(context.tenant, (processor) =>
          processor.keepToken(context.tenant, customerId, token),
        );
        return insertMethod(kit, context, { ...input, token: kept }, description).catch(refuseSecondFirst);
      }),
  };
}

async function getMethod({ database }: ModuleKit, scope: Scope, id: PaymentMethodId): Promise<PaymentMethod> {
  const method = await store.methodFind(database, scope, id);
  if (!method) throw notFound('payment method', id);
  return method;
}

async function withToken({ database, sealing }: ModuleKit, tenant: Tenant, id: PaymentMethodId) {
  const found = await store.methodFindWithToken(database, tenant, id);
  if (!found) throw notFound('payment method', id);
  const token = sealing.openForOrganization(tenant.orgId, found.sealedToken, tokenContext(id));
  return { method: found.method, token };
}

/** The place of a sealed token, so that one cannot be moved to another row. */
export function tokenContext(id: PaymentMethodId): string {
  return `payments.payment_methods.token:${id}`;
}

/** What the processor knows of the token, when customer and type fit. */
async function checkToken(
  calls: ProcessorCalls,
  customers: Customers,
  { tenant }: CommandContext,
  { customerId, token, type }: NewPaymentMethod,
  now: Date,
): Promise<TokenDescription> {
  refuseCardNumbers({ token });
  const [customer, description] = await Promise.all([
    customers.getCustomerTerms(tenant, customerId).catch(wrongReference('customer_id')),
    calls.ask(tenant, (processor) => processor.describeToken(tenant, token)),
  ]);
  if (customer.status !== 'active') {
    throw invalidField('customer_id', 'archived', 'The customer is archived; restore the customer first.');
  }
  if (!description) {
    throw invalidField('token', 'not_allowed', 'The payment processor does not know this token; make a new one.');
  }
  if (isExpired(description, now)) throw invalidField('token', 'too_old', 'The card has expired; use another one.');
  if (description.type === type) return description;
  throw invalidField('type', 'not_allowed', `The token is of a ${description.type}; send that type.`);
}

function insertMethod(
  { writes, clock, sealing }: ModuleKit,
  context: CommandContext,
  { customerId, token }: NewPaymentMethod,
  { needsVerification = false, ...description }: TokenDescription,
): Promise<PaymentMethod> {
  const { tenant, requestId, traceparent } = context;
  const id = newId('pmt', clock.nowMs());
  const sealedToken = sealing.sealForOrganization(tenant.orgId, token, tokenContext(id));
  const at = clock.now().toISOString();
  return writes.run(context, async (tx) => {
    const isFirst = (await tx.query(store.methodsLock(tenant, customerId))).length === 0;
    const times = { createdAt: at, updatedAt: at };
    const method: PaymentMethod = {
      id,
      version: 1,
      customerId,
      ...description,
      verification: description.type !== 'bank_transfer' ? 'not_required' : needsVerification ? 'pending' : 'verified',
      verificationAttempts: 0,
      isDefault: isFirst,
      status: 'attached',
      ...times,
    };
    tx.add(store.methodInsert(tenant, method, sealedToken));
    tx.append(paymentMethodEvent('payment_method.attached', method));
    const runAt = expiresAt(method);
    const payload = { payment_method_id: id, request_id: requestId, traceparent };
    if (runAt) tx.enqueue({ kind: EXPIRY_JOB, payload, runAt });
    return method;
  });
}

/** Stores the next version of a method with its event. */
function nextVersion(clock: Clock) {
  return (tx: WriteTransaction, type: PaymentMethodEventType, method: PaymentMethod): PaymentMethod => {
    const next = { ...method, version: method.version + 1, updatedAt: clock.now().toISOString() };
    tx.add(store.methodUpdate(next));
    tx.append(paymentMethodEvent(type, next));
    return next;
  };
}

type Change = (tx: WriteTransaction, current: PaymentMethod, siblings: PaymentMethod[]) => PaymentMethod;

function methodChanges(
  kit: ModuleKit,
  calls: ProcessorCalls,
): Pick<PaymentMethods, 'setDefault' | 'clearDefault' | 'detach' | 'verify' | 'noteExpiry'> {
  const storeNext = nextVersion(kit.clock);

  function noneIsDefault(tx: WriteTransaction, methods: readonly PaymentMethod[]): void {
    for (const each of methods.filter(({ isDefault }) => isDefault)) {
      storeNext(tx, 'payment_method.default_changed', { ...each, isDefault: false });
    }
  }

  /** Runs a change with the customer's attached methods locked; `current` is the one that is asked for. */
  function change(context: CommandContext, id: PaymentMethodId, work: Change): Promise<PaymentMethod> {
    return kit.writes.orStored(context, async () => {
      const { customerId } = await getMethod(kit, context.tenant, id);
      return kit.writes.run(context, async (tx) => {
        const siblings = (await tx.query(store.methodsLock(context.tenant, customerId))).map(store.toMethod);
        const current = siblings.find((each) => each.id === id);
        if (!current) throw new DomainError('gone', `The payment method ${id} was detached.`);
        expectVersion(context, 'payment method', current.version);
        return work(tx, current, siblings);
      });
    });
  }

  return {
    setDefault: (context, id) =>
      change(context, id, (tx, current, siblings) => {
        if (current.isDefault) return current;
        // The old default goes first: the unique index allows one default at any time.
        noneIsDefault(tx, siblings);
        return storeNext(tx, 'payment_method.default_changed', { ...current, isDefault: true });
      }),

    clearDefault: (context, customerId) =>
      kit.writes.run(context, async (tx) => {
        const attached = (await tx.query(store.methodsLock(context.tenant, customerId))).map(store.toMethod);
        noneIsDefault(tx, attached);
      }),

    async noteExpiry(context, id) {
      const method = await getMethod(kit, context.tenant, id);
      if (method.status === 'detached') return;
      await change(context, id, (tx, current) => storeNext(tx, 'payment_method.expired', current));
    },

    verify: (context, id, amounts) =>
      kit.writes.orStored(context, async () => {
        // The guess is counted before it is checked, so that many guesses at once are no more than three.
        await change(innerContextWithVersion(context), id, (tx, current) =>
          storeNext(tx, 'payment_method.verification_attempted', counted(current)),
        );
        const { method, token } = await withToken(kit, context.tenant, id);
        const isRight = await calls.ask(context.tenant, (processor) =>
          processor.verifyToken(context.tenant, token, amounts),
        );
        if (isRight) {
          return change(innerContext(context), id, (tx, current) =>
            storeNext(tx, 'payment_method.verified', { ...current, verification: 'verified' }),
          ).then((result) => kit.writes.store(context, { statements: [], events: [], result }));
        }
        if (method.verificationAttempts >= MAX_VERIFICATION_ATTEMPTS) {
          await change(innerContext(context), id, (tx, current) =>
            storeNext(tx, 'payment_method.verification_failed', { ...current, verification: 'failed' }),
          );
        }
        throw wrongAmounts(method);
      }),

    detach: (context, id) =>
      change(context, id, (tx, current) =>
        storeNext(tx, 'payment_method.detached', { ...current, isDefault: false, status: 'detached' }),
      ),
  };
}

/** Two first methods of one customer at once: the second is told to repeat and then is not the first any more. */
function refuseSecondFirst(error: unknown): never {
  if (violatedUnique(error) !== 'payment_methods_default_key') throw error;
  throw new DomainError('resource_locked', 'Another method of this customer is being attached; repeat the request.', {
    retryAfterSeconds: 1,
    cause: error,
  });
}

/** The version that the caller read counts for the first write; the answer is stored with the last. */
function innerContextWithVersion(context: CommandContext): CommandContext {
  return { ...context, idempotency: undefined };
}

/** Errors: `invalid_state`. */
function counted(method: PaymentMethod): PaymentMethod {
  const { verification, verificationAttempts } = method;
  if (verification === 'pending' && verificationAttempts < MAX_VERIFICATION_ATTEMPTS) {
    return { ...method, verificationAttempts: verificationAttempts + 1 };
  }
  const message = `Only an account that waits for it can be verified; this one is ${verification}.`;
  throw new DomainError('invalid_state', message);
}

function wrongAmounts({ verificationAttempts }: PaymentMethod): DomainError {
  const left = MAX_VERIFICATION_ATTEMPTS - verificationAttempts;
  const next = left > 0 ? `${left} more attempts are left.` : 'Attach the account again.';
  return invalidField('first_deposit', 'not_allowed', `These are not the amounts of the two deposits. ${next}`);
}
