import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one call: before it is done, or after it. */
export type Fault = 'refused_before' | 'cut_before' | 'cut_after' | 'error_after' | 'silent_after';

type Form = Readonly<Record<string, string>>;
type Stored = Record<string, unknown> & { id: string };
type Reply = { status: number; body: unknown };

interface Intent extends Stored {
  status: string;
  amount: number;
  amount_received: number;
  capture_method: string;
  payment_method: string;
  last_payment_error: unknown;
  next_action: unknown;
}

/** A small server that speaks as much of Stripe's API as the adapter uses, in the shapes that Stripe answers. */
export interface StripeServer {
  url: URL;
  /** Every call: method and path, with what was sent. */
  calls: { call: string; form: Form; key: string | undefined; telemetry: unknown }[];
  /** The next call whose `method path` contains this text meets the fault. */
  failNext(part: string, fault: Fault): void;
  /** What happens on Stripe's side without us. */
  authenticate(intentId: string, passed: boolean): void;
  settle(intentId: string, succeeded: boolean): void;
  settleRefunds(intentId: string): void;
  dispute(intentId: string): string;
  decide(disputeId: string, status: 'won' | 'lost'): void;
  intent(id: string): Intent;
  /** The money that was really taken and given back for an intent. */
  balance(id: string): number;
  /** Whether the customer was made and not deleted. */
  hasCustomer(id: string): boolean;
  close(): Promise<void>;
}

const METHODS: Readonly<Record<string, { type: string; last4: string; wallet?: boolean; outcome: string }>> = {
  pm_ok: { type: 'card', last4: '4242', outcome: 'succeeds' },
  pm_wallet: { type: 'card', last4: '4242', wallet: true, outcome: 'succeeds' },
  pm_declined: { type: 'card', last4: '0002', outcome: 'generic_decline' },
  pm_no_funds: { type: 'card', last4: '9995', outcome: 'insufficient_funds' },
  pm_3ds: { type: 'card', last4: '3220', outcome: 'requires_action' },
  pm_refund_fails: { type: 'card', last4: '5126', outcome: 'refund_fails' },
  pm_refund_pends: { type: 'card', last4: '7726', outcome: 'refund_pends' },
  pm_sepa: { type: 'sepa_debit', last4: '3000', outcome: 'processing' },
};

export async function startStripeServer(nowSeconds: () => number): Promise<StripeServer> {
  const state = new StripeState(nowSeconds);
  const calls: StripeServer['calls'] = [];
  const faults: { part: string; fault: Fault }[] = [];
  const answered = new Map<string, Reply>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = formOf(await bodyOf(request));
    const call = `${request.method} ${request.url}`;
    const key = request.headers['idempotency-key'] as string | undefined;
    calls.push({ call, form, key, telemetry: request.headers['x-stripe-client-telemetry'] });
    const index = faults.findIndex(({ part }) => call.includes(part));
    const fault = index < 0 ? undefined : faults.splice(index, 1)[0]!.fault;
    if (fault === 'cut_before') return void request.socket.destroy();
    if (fault === 'refused_before') return send(response, refusal(503, 'api_error', 'unavailable'));
    const reply = (key && answered.get(key)) || state.handle(request.method!, new URL(request.url!, 'http://x'), form);
    if (key && reply.status < 500) answered.set(key, reply);
    if (fault === 'cut_after') return void request.socket.destroy();
    if (fault === 'silent_after') return;
    send(response, fault === 'error_after' ? refusal(500, 'api_error', 'broken') : reply);
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    calls,
    failNext: (part, fault) => void faults.push({ part, fault }),
    authenticate: (id, passed) => state.authenticate(id, passed),
    settle: (id, succeeded) => state.settle(id, succeeded),
    settleRefunds: (id) => state.settleRefunds(id),
    dispute: (id) => state.openDispute(id),
    decide: (id, status) => void Object.assign(state.dispute(id), { status }),
    intent: (id) => state.intent(id),
    balance: (id) => state.balance(id),
    hasCustomer: (id) => state.hasCustomer(id),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class StripeState {
  readonly #intents = new Map<string, Intent>();
  readonly #refunds: (Stored & { payment_intent: string; amount: number; status: string })[] = [];
  readonly #disputes: (Stored & { payment_intent: string; status: string })[] = [];
  readonly #attached = new Map<string, string>();
  readonly #customers = new Set<string>();
  readonly #now: () => number;

  constructor(nowSeconds: () => number) {
    this.#now = nowSeconds;
  }

  handle(method: string, url: URL, form: Form): Reply {
    const [, , resource, id = '', verb = ''] = url.pathname.split('/');
    const route = `${method} ${resource}${id && '/id'}${verb && `/${verb}`}`;
    switch (route) {
      case 'POST customers':
        return this.#customer(form);
      case 'DELETE customers/id':
        return this.#customers.delete(id) ? ok({ id, object: 'customer', deleted: true }) : missing(id);
      case 'GET payment_methods/id':
        return this.#method(id);
      case 'POST payment_methods/id/attach':
        return this.#attach(id, form.customer!);
      case 'POST payment_intents':
        return this.#create(form);
      case 'GET payment_intents/id':
        return this.#intents.has(id) ? ok(this.intent(id)) : missing(id);
      case 'POST payment_intents/id/confirm':
        return this.#confirm(this.intent(id));
      case 'POST payment_intents/id/capture':
        return this.#capture(this.intent(id), Number(form.amount_to_capture));
      case 'POST payment_intents/id/cancel':
        return this.#cancel(this.intent(id));
      case 'POST refunds':
        return this.#refund(form);
      case 'GET refunds':
        return list(this.#refunds.filter((each) => each.payment_intent === url.searchParams.get('payment_intent')));
      case 'GET disputes':
        return list(this.#disputes.filter((each) => each.payment_intent === url.searchParams.get('payment_intent')));
      case 'POST disputes/id':
        return this.#answer(id, form);
      default:
        return refusal(404, 'invalid_request_error', 'unknown_route');
    }
  }

  #customer(form: Form): Reply {
    const id = newId('cus');
    this.#customers.add(id);
    return ok({ id, object: 'customer', metadata: metadataOf(form) });
  }

  hasCustomer(id: string): boolean {
    return this.#customers.has(id);
  }

  intent(id: string): Intent {
    const found = this.#intents.get(id);
    if (!found) throw new Error(`No intent ${id}`);
    return found;
  }

  dispute(id: string) {
    return this.#disputes.find((each) => each.id === id)!;
  }

  balance(id: string): number {
    const back = this.#refunds.filter((each) => each.payment_intent === id && each.status !== 'failed');
    return this.intent(id).amount_received - back.reduce((sum, { amount }) => sum + amount, 0);
  }

  authenticate(id: string, passed: boolean): void {
    const intent = this.intent(id);
    if (passed) return void this.#take(intent);
    intent.status = 'requires_payment_method';
    intent.next_action = null;
    intent.last_payment_error = {
      type: 'card_error',
      code: 'payment_intent_authentication_failure',
      message: 'The provided PaymentMethod has failed authentication.',
    };
  }

  settle(id: string, succeeded: boolean): void {
    const intent = this.intent(id);
    if (succeeded) return void Object.assign(intent, { status: 'succeeded', amount_received: intent.amount });
    intent.status = 'requires_payment_method';
    intent.last_payment_error = { type: 'invalid_request_error', code: 'debit_not_authorized', message: 'Returned.' };
  }

  settleRefunds(id: string): void {
    for (const each of this.#refunds) if (each.payment_intent === id) each.status = 'succeeded';
  }

  openDispute(id: string): string {
    const disputeId = newId('du');
    this.#disputes.push({
      id: disputeId,
      object: 'dispute',
      payment_intent: id,
      amount: this.balance(id),
      currency: 'usd',
      reason: 'fraudulent',
      status: 'needs_response',
      created: this.#now(),
      balance_transactions: [{ id: newId('txn'), fee: 1500, amount: -this.balance(id) }],
      evidence_details: { due_by: this.#now() + 604_800, has_evidence: false, past_due: false, submission_count: 0 },
    });
    return disputeId;
  }

  #method(id: string): Reply {
    const found = METHODS[id.replace(/_f?\d+$/, '')];
    if (!found) return missing(id);
    const details = { last4: found.last4, fingerprint: `fp_${found.type}_${found.last4}` };
    const card = {
      ...details,
      brand: 'visa',
      exp_month: 12,
      exp_year: 2034,
      wallet: found.wallet ? { type: 'apple_pay', dynamic_last4: null } : null,
    };
    const shape = found.type === 'card' ? { card } : { sepa_debit: { ...details, bank_code: '19043', country: 'AT' } };
    const customer = this.#attached.get(id) ?? null;
    return ok({ id, object: 'payment_method', type: found.type, customer, livemode: false, ...shape });
  }

  #attach(id: string, customer: string): Reply {
    const owner = this.#attached.get(id) ?? customer;
    if (owner !== customer) return refusal(400, 'invalid_request_error', 'payment_method_unexpected_state');
    this.#attached.set(id, customer);
    return this.#method(id);
  }

  #create(form: Form): Reply {
    const intent: Intent = {
      id: newId('pi'),
      object: 'payment_intent',
      amount: Number(form.amount),
      amount_received: 0,
      currency: form.currency,
      capture_method: form.capture_method!,
      payment_method: form.payment_method!,
      customer: form.customer,
      status: 'requires_confirmation',
      last_payment_error: null,
      next_action: null,
      metadata: metadataOf(form),
      created: this.#now(),
      livemode: false,
    };
    this.#intents.set(intent.id, intent);
    return ok(intent);
  }

  #confirm(intent: Intent): Reply {
    const outcome = METHODS[intent.payment_method.replace(/_f?\d+$/, '')]!.outcome;
    if (outcome === 'generic_decline' || outcome === 'insufficient_funds') {
      const error = {
        type: 'card_error',
        code: 'card_declined',
        decline_code: outcome,
        message: 'Your card was declined.',
      };
      Object.assign(intent, { status: 'requires_payment_method', last_payment_error: error });
      return { status: 402, body: { error: { ...error, payment_intent: { ...intent } } } };
    }
    if (outcome === 'requires_action') {
      const redirect_to_url = { url: `https://hooks.stripe.test/3ds/${intent.id}`, return_url: 'https://shop.example' };
      return ok(Object.assign(intent, { status: outcome, next_action: { type: 'redirect_to_url', redirect_to_url } }));
    }
    if (outcome === 'processing' && intent.capture_method === 'automatic') {
      return ok(Object.assign(intent, { status: 'processing' }));
    }
    return ok(this.#take(intent));
  }

  #take(intent: Intent): Intent {
    const isHeld = intent.capture_method === 'manual';
    const taken = isHeld ? {} : { amount_received: intent.amount };
    return Object.assign(intent, { status: isHeld ? 'requires_capture' : 'succeeded', next_action: null, ...taken });
  }

  #capture(intent: Intent, amount: number): Reply {
    if (intent.status !== 'requires_capture') return unexpected();
    if (amount > intent.amount) return refusal(400, 'invalid_request_error', 'amount_too_large');
    return ok(Object.assign(intent, { status: 'succeeded', amount_received: amount }));
  }

  #cancel(intent: Intent): Reply {
    if (intent.status === 'succeeded' || intent.status === 'canceled') return unexpected();
    return ok(Object.assign(intent, { status: 'canceled', next_action: null }));
  }

  #refund(form: Form): Reply {
    const intent = this.intent(form.payment_intent!);
    const amount = Number(form.amount);
    if (amount > this.balance(intent.id)) return refusal(400, 'invalid_request_error', 'charge_already_refunded');
    const outcome = METHODS[intent.payment_method.replace(/_f?\d+$/, '')]!.outcome;
    const status = outcome === 'refund_fails' ? 'failed' : outcome === 'refund_pends' ? 'pending' : 'succeeded';
    const refund = {
      id: newId('re'),
      object: 'refund',
      payment_intent: intent.id,
      amount,
      status,
      metadata: metadataOf(form),
      created: this.#now(),
    };
    this.#refunds.push(refund);
    return ok(refund);
  }

  #answer(id: string, form: Form): Reply {
    const dispute = this.dispute(id);
    if (dispute.status !== 'needs_response') return unexpected();
    if (form['evidence[uncategorized_text]'] && form.submit === 'true') dispute.status = 'under_review';
    return ok(dispute);
  }
}

function metadataOf(form: Form): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(form)) {
    const key = /^metadata\[(.+)\]$/.exec(name)?.[1];
    if (key) metadata[key] = value;
  }
  return metadata;
}

function list(data: readonly unknown[]): Reply {
  return ok({ object: 'list', data: data.toReversed(), has_more: false, url: '/v1' });
}

/** A copy, so that what was answered stays as it was when it was answered. */
function ok(body: object): Reply {
  return { status: 200, body: structuredClone(body) };
}

function missing(id: string): Reply {
  return refusal(404, 'invalid_request_error', 'resource_missing', `No such object: '${id}'`);
}

function unexpected(): Reply {
  return refusal(400, 'invalid_request_error', 'payment_intent_unexpected_state');
}

function refusal(status: number, type: string, code: string, message = code): Reply {
  return { status, body: { error: { type, code, message } } };
}

function send(response: ServerResponse, { status, body }: Reply): void {
  const headers = { 'content-type': 'application/json', 'request-id': newId('req') };
  response.writeHead(status, headers).end(JSON.stringify(body));
}

function formOf(text: string): Form {
  return Object.fromEntries(new URLSearchParams(text));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function newId(prefix: string): string {
  return `${prefix}_${randomBytes(10).toString('hex')}`;
}
