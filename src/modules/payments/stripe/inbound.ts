import type Stripe from 'stripe';
import { DAY_MS } from '#kernel/clock.ts';
import { systemContext } from '#kernel/context.ts';
import { prepared } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError } from '#kernel/errors.ts';
import { isId, type PaymentId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { paymentFindAnywhere } from '../payments.store.ts';
import { refreshJob } from '../service/payment-commands.ts';

/** News of Stripe: only a hint to ask what is true now. */
export interface InboundNews {
  /**
   * Checks the signature over the very bytes and stores the hint, once. Errors: `bad_request` (not from Stripe, too old),
   * `not_found` (no such source is configured).
   */
  receive(message: InboundMessage): Promise<void>;
}

export interface InboundMessage {
  /** The body as it came. */
  body: string;
  signature: string;
  requestId: string;
  traceparent: string;
}

const TOLERANCE_SECONDS = 300;

const insert =
  prepared(`insert into payments.inbound_events (source, event_id, org_id, livemode, payment_id, received_at)
  values ('stripe', $1, $2, $3, $4, $5) on conflict do nothing returning 1`);

/** Signatures are valid for minutes; who replays later is refused by the time in them. */
const KEPT_MS = 30 * DAY_MS;
const sweep = prepared('delete from payments.inbound_events where org_id = $1 and livemode = $2 and received_at < $3');

export function createStripeInbound(kit: ModuleKit, secret: string | undefined): InboundNews {
  return {
    async receive({ body, signature, requestId, traceparent }) {
      if (!secret) throw new DomainError('not_found', 'Stripe is not configured here.');
      const event = await verified(body, signature, secret, kit.clock.nowMs());
      const found = await ownerOf(kit, event);
      // Other payments of the same account at Stripe are no news to us.
      if (!found) return;
      const { tenant, paymentId } = found;
      const now = kit.clock.now();
      const context = systemContext('payments.inbound', tenant, { requestId, traceparent });
      const values = [event.id, tenant.orgId, tenant.livemode, paymentId, now.toISOString()];
      await kit.writes.run(context, async (tx) => {
        const isNew = (await tx.query(insert(values))).length === 1;
        tx.add(sweep([tenant.orgId, tenant.livemode, new Date(now.getTime() - KEPT_MS).toISOString()]));
        if (isNew) tx.enqueue(refreshJob(context, paymentId, now));
      });
    },
  };
}

async function verified(body: string, signature: string, secret: string, nowMs: number): Promise<Stripe.Event> {
  const { default: library } = await import('stripe');
  try {
    return library.webhooks.constructEvent(body, signature, secret, TOLERANCE_SECONDS, undefined, nowMs);
  } catch (error) {
    throw new DomainError('bad_request', 'The message is not signed by Stripe, or it is too old.', { cause: error });
  }
}

/** Whose payment the news is about: by the name that we gave it, or by Stripe's own. */
async function ownerOf(kit: ModuleKit, event: Stripe.Event): Promise<{ tenant: Tenant; paymentId: PaymentId } | null> {
  const object = event.data.object as {
    id?: unknown;
    object?: unknown;
    payment_intent?: unknown;
    metadata?: Record<string, string> | null;
  };
  const named = object.metadata?.payment_id;
  const intent = object.object === 'payment_intent' ? object.id : object.payment_intent;
  const paymentId = isId('pay', named) ? named : null;
  const transactionId = typeof intent === 'string' ? intent : null;
  return paymentFindAnywhere(kit.database, paymentId, transactionId);
}
