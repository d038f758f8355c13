import type Stripe from 'stripe';
import type { Clock } from '#kernel/clock.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError } from '#kernel/errors.ts';
import type { CustomerId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import {
  type LookupCall,
  NOT_CAPTURABLE,
  type PaymentProcessor,
  type ProcessorResult,
  type TokenCall,
  type TransactionCall,
} from '../processor.ts';
import { referenceFind, referenceKeep } from './references.store.ts';
import { declined, descriptionOf, disputeOf, failed, refundResultOf, resultOf } from './results.ts';

export interface StripeSettings {
  secretKey: string;
  /** Where the API is; Stripe's own address unless told. */
  apiBase?: URL;
  timeoutMs?: number;
}

interface Parts {
  database: ModuleDatabase;
  clock: Clock;
  client(): Promise<Stripe>;
  /** Where a browser goes after an authentication when the payment names no page. */
  returnUrl(): string;
}

/** Repeating is ours, because we look up what became of a call before it is repeated. */
const CLIENT_OPTIONS = { maxNetworkRetries: 0, telemetry: false };
const TIMEOUT_MS = 15_000;
/** Set by nobody but us; finds our operation among Stripe's objects. */
const KEY = 'idempotency_key';

/**
 * Payments through Stripe, by its official library. A payment is made in two calls: the intent, which moves nothing, is
 * made and its id kept durably; only then is it confirmed. So a lookup never searches and never guesses, and a payment
 * cannot be taken twice, however long the line was broken. Raw card data never comes here: tokens are `pm_…` of
 * Stripe's own elements.
 */
export function createStripeProcessor(
  database: ModuleDatabase,
  clock: Clock,
  settings: StripeSettings,
  returnUrl: () => string,
): PaymentProcessor {
  const parts: Parts = { database, clock, client: lazyClient(settings), returnUrl };
  const { client } = parts;
  return {
    describeToken: (_tenant, token) => describe(parts, token),
    keepToken: (tenant, customerId, token) => keep(parts, tenant, customerId, token),
    forgetTokens: (_tenant, tokens) => forget(parts, tokens),
    verifyToken: () => {
      const message = 'Stripe verifies bank accounts itself; attach the account after it did.';
      return Promise.reject(new DomainError('invalid_state', message));
    },
    authorize: (call) => start(parts, call, 'authorize'),
    charge: (call) => start(parts, call, 'charge'),
    capture: (call) => capture(parts, call),
    void: (call) => release(parts, call),
    refund: (call) => refund(parts, call),
    lookup: (call) => lookup(parts, call),
    async disputes(_tenant, transactionId) {
      const { data } = await (await client()).disputes.list({ payment_intent: transactionId, limit: 100 });
      return data.flatMap((each) => disputeOf(each) ?? []);
    },
    async answerDispute({ processorId, evidence, idempotencyKey }) {
      const answer = { evidence: { uncategorized_text: evidence }, submit: true };
      await (await client()).disputes.update(processorId, answer, { idempotencyKey });
    },
  };
}

/** The library is loaded at the first call: who does not use Stripe does not wait for it at start. */
function lazyClient({ secretKey, apiBase, timeoutMs = TIMEOUT_MS }: StripeSettings): () => Promise<Stripe> {
  let made: Promise<Stripe> | undefined;
  const address = apiBase && {
    host: apiBase.hostname,
    port: apiBase.port || (apiBase.protocol === 'https:' ? '443' : '80'),
    protocol: apiBase.protocol === 'https:' ? ('https' as const) : ('http' as const),
  };
  return () => {
    made ??= import('stripe').then((library) => {
      const options = { ...CLIENT_OPTIONS, timeout: timeoutMs, ...address };
      return new library.default(secretKey, options);
    });
    return made;
  };
}

async function describe({ client }: Parts, token: string) {
  if (!/^pm_\w{1,250}$/.test(token)) return null;
  const method = await (await client()).paymentMethods.retrieve(token).catch(nullWhenMissing);
  return method && descriptionOf(method);
}

/** A method of Stripe is usable more than once when it is attached to a customer of theirs. */
async function keep(parts: Parts, tenant: Tenant, customerId: CustomerId, token: string): Promise<string> {
  const { database, clock } = parts;
  const client = await parts.client();
  const key = `customer:${customerId}`;
  let customer = await referenceFind(database, tenant, key);
  if (!customer) {
    const made = await client.customers.create({ metadata: { customer_id: customerId } }, { idempotencyKey: key });
    customer = await referenceKeep(database, tenant, key, made.id, clock.now());
  }
  const attached = await client.paymentMethods
    .attach(token, { customer }, { idempotencyKey: `${key}:${token}` })
    .catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
      throw new DomainError('validation', 'The token was used before; make a new one.', {
        details: [{ field: 'token', code: 'not_allowed', message: 'The token was used before; make a new one.' }],
      });
    });
  return `${customer}/${attached.id}/${attached.type}`;
}

/** A customer that Stripe deletes loses its methods; charges and refunds of before are kept there. */
async function forget({ client }: Parts, tokens: readonly string[]): Promise<void> {
  const { customers } = await client();
  for (const customer of new Set(tokens.map((token) => token.split('/')[0]!))) {
    await customers.del(customer).catch((error: { code?: string }) => {
      if (error.code !== 'resource_missing') throw error;
    });
  }
}

/** Stripe counts these in other units than ISO 4217 does: what we send would be another amount. */
const COUNTED_OTHERWISE: readonly Currency[] = ['ISK', 'MGA', 'UGX'];

async function start(parts: Parts, call: TokenCall, kind: 'authorize' | 'charge'): Promise<ProcessorResult> {
  if (COUNTED_OTHERWISE.includes(call.currency)) {
    const message = `Payments in ${call.currency} cannot go through Stripe here; choose another currency.`;
    return failed(null, 'currency_not_supported', message);
  }
  const { tenant, idempotencyKey, token } = call;
  const [customer = '', method = '', type = ''] = token.split('/');
  const client = await parts.client();
  try {
    const intentId = await intentOf(parts, call, kind);
    const confirmation: Stripe.PaymentIntentConfirmParams = {
      return_url: call.returnUrl ?? parts.returnUrl(),
      ...(type !== 'card' && { mandate_data: { customer_acceptance: { type: 'offline' } } }),
    };
    const options = { idempotencyKey: `${idempotencyKey}:confirm` };
    const intent = await client.paymentIntents.confirm(intentId, confirmation, options);
    return resultOf(intent, kind) ?? failed(intent.id, 'processing_error', 'The payment could not be confirmed.');
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const refusal = error as { payment_intent?: { id?: string } };
    return declined(
      error as object,
      refusal.payment_intent?.id ?? (await referenceFind(parts.database, tenant, idempotencyKey)),
    );
  }

  async function intentOf({ database, clock }: Parts, { amount, currency }: TokenCall, intentKind: string) {
    const known = await referenceFind(database, tenant, idempotencyKey);
    if (known) return known;
    const made = await client.paymentIntents.create(
      {
        amount,
        currency: currency.toLowerCase(),
        customer,
        payment_method: method,
        allowed_payment_method_types: [type as Stripe.PaymentIntentCreateParams.AllowedPaymentMethodType],
        capture_method: intentKind === 'authorize' ? 'manual' : 'automatic',
        metadata: { payment_id: idempotencyKey.split(':')[0]!, [KEY]: idempotencyKey },
      },
      { idempotencyKey: `${idempotencyKey}:create` },
    );
    return referenceKeep(database, tenant, idempotencyKey, made.id, clock.now());
  }
}

async function capture({ client }: Parts, { idempotencyKey, transactionId, amount }: TransactionCall) {
  const { paymentIntents } = await client();
  const wanted = { amount_to_capture: amount };
  try {
    const intent = await paymentIntents.capture(transactionId, wanted, { idempotencyKey });
    return resultOf(intent, 'capture') ?? failed(transactionId, NOT_CAPTURABLE, 'Nothing was captured.');
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return failed(transactionId, NOT_CAPTURABLE, 'Nothing is held that fits.');
  }
}

async function release({ client }: Parts, { idempotencyKey, transactionId }: Omit<TransactionCall, 'amount'>) {
  const { paymentIntents } = await client();
  const intent = await paymentIntents.cancel(transactionId, {}, { idempotencyKey }).catch((error: unknown) => {
    if (!isRefusal(error)) throw error;
    return paymentIntents.retrieve(transactionId);
  });
  return resultOf(intent, 'void') ?? failed(transactionId, 'not_voidable', 'Stripe does not release it any more.');
}

async function refund({ client }: Parts, { idempotencyKey, transactionId, amount }: TransactionCall) {
  const { refunds } = await client();
  const wanted = { payment_intent: transactionId, amount, metadata: { [KEY]: idempotencyKey } };
  try {
    return refundResultOf(await refunds.create(wanted, { idempotencyKey }), transactionId);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return failed(transactionId, 'refund_declined', 'Stripe did not accept the refund.');
  }
}

async function lookup(parts: Parts, call: LookupCall): Promise<ProcessorResult | null> {
  const { tenant, idempotencyKey, kind } = call;
  const client = await parts.client();
  if (kind === 'refund') {
    const { transactionId } = call;
    if (!transactionId) return null;
    const { data } = await client.refunds.list({ payment_intent: transactionId, limit: 100 });
    const found = data.find((each) => each.metadata?.[KEY] === idempotencyKey);
    return found ? refundResultOf(found, transactionId) : null;
  }
  const intentId = call.transactionId ?? (await referenceFind(parts.database, tenant, idempotencyKey));
  if (!intentId) return null;
  return resultOf(await client.paymentIntents.retrieve(intentId), kind);
}

/**
 * Whether Stripe understood and said no: a decline, or a request that fits nothing there. All other errors (no answer,
 * their fault, our key, too many requests, a key that is in use) say nothing about the operation.
 */
function isRefusal(error: unknown): boolean {
  const { type } = (error ?? {}) as { type?: string };
  return type === 'StripeCardError' || type === 'StripeInvalidRequestError';
}

function nullWhenMissing(error: unknown): null {
  if (isRefusal(error)) return null;
  throw error;
}
