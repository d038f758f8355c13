import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DAY_MS, MINUTE_MS } from '#kernel/clock.ts';
import { type CustomerId, newId } from '#kernel/ids.ts';
import { type TestKits, testKits, testTenant } from '#test/support/module.ts';
import { type StripeServer, startStripeServer } from '#test/support/stripe/stripe-server.ts';
import { paymentsSchema } from './index.ts';
import { NOT_CAPTURABLE, type OperationKind, type PaymentProcessor, type ProcessorResult } from './processor.ts';
import { createSimulator } from './simulator/simulator.ts';
import { createStripeProcessor } from './stripe/stripe-processor.ts';

/** One processor with the tokens that make it do things, and what happens at its side. */
interface Subject {
  processor: PaymentProcessor;
  tokens: Record<'ok' | 'declined' | 'noFunds' | 'action' | 'bank' | 'refundFails' | 'disputed', string>;
  authenticate(result: ProcessorResult, passed: boolean): Promise<void>;
  settle(transactionId: string): void;
  dispute(transactionId: string): void;
  decide(processorId: string): void;
}

let kits: TestKits;
let server: StripeServer;
before(async () => {
  kits = await testKits([paymentsSchema]);
  server = await startStripeServer(() => Math.floor(kits.clock.nowMs() / 1_000));
});
after(async () => {
  await server?.close();
  await kits?.close();
});

function simulatorSubject(): Subject {
  const simulator = createSimulator(kits.kit('payments').database, kits.clock, () => 'http://shop.test');
  return {
    processor: simulator,
    tokens: {
      ok: 'tok_visa',
      declined: 'tok_declined',
      noFunds: 'tok_insufficient_funds',
      action: 'tok_3ds_required',
      bank: 'tok_bank_ok',
      refundFails: 'tok_refund_fails',
      disputed: 'tok_dispute',
    },
    async authenticate(result, passed) {
      assert.ok(result.status === 'requires_action');
      await simulator.challenges.answer(new URL(result.nextAction.url).searchParams.get('secret')!, passed);
    },
    settle: () => kits.clock.advance(3 * DAY_MS),
    dispute: () => kits.clock.advance(MINUTE_MS),
    decide: () => kits.clock.advance(DAY_MS),
  };
}

function stripeSubject(): Subject {
  const settings = { secretKey: 'sk_test_conformance', apiBase: server.url, timeoutMs: 2_000 };
  const processor = createStripeProcessor(kits.kit('payments').database, kits.clock, settings, () => 'https://x.test');
  return {
    processor,
    tokens: {
      ok: 'pm_ok',
      declined: 'pm_declined',
      noFunds: 'pm_no_funds',
      action: 'pm_3ds',
      bank: 'pm_sepa',
      refundFails: 'pm_refund_fails',
      disputed: 'pm_ok',
    },
    authenticate: async ({ transactionId }, passed) => server.authenticate(transactionId!, passed),
    settle: (transactionId) => server.settle(transactionId, true),
    dispute: (transactionId) => void server.dispute(transactionId),
    decide: (processorId) => server.decide(processorId, 'won'),
  };
}

let number = 0;

for (const [name, makeSubject] of [
  ['simulator', simulatorSubject],
  ['stripe', stripeSubject],
] as const) {
  describe(name, () => {
    const tenant = testTenant();
    let subject: Subject;
    before(() => {
      subject = makeSubject();
    });

    /** A token that may be used, as attaching a method makes one. */
    async function kept(token: keyof Subject['tokens']): Promise<string> {
      const plain = name === 'stripe' ? `${subject.tokens[token]}_${++number}` : subject.tokens[token];
      return subject.processor.keepToken(tenant, newId('cus') as CustomerId, plain);
    }

    async function begin(kind: 'authorize' | 'charge', token: keyof Subject['tokens'], amount = 1_000) {
      const idempotencyKey = `${newId('pay')}:${kind}`;
      const call = { tenant, idempotencyKey, token: await kept(token), amount, currency: 'USD' as const };
      const result = await subject.processor[kind](call);
      return { call, result, transactionId: result.transactionId! };
    }

    const about = (kind: OperationKind, idempotencyKey: string, transactionId: string | null) =>
      subject.processor.lookup({ tenant, idempotencyKey, kind, transactionId });
    const later = (transactionId: string) => ({ tenant, idempotencyKey: newId('ref'), transactionId });

    test(`PAY-06 ${name}: a charge takes once, whatever is repeated; it can be looked up, what never came cannot`, async () => {
      const { call, result, transactionId } = await begin('charge', 'ok');
      assert.equal(result.status, 'succeeded');
      assert.deepEqual(await subject.processor.charge(call), result);
      assert.deepEqual(await about('charge', call.idempotencyKey, transactionId), result);
      assert.equal((await about('charge', call.idempotencyKey, null))?.status, 'succeeded', 'also by the key alone');
      assert.equal(await about('charge', `${newId('pay')}:charge`, null), null);
    });

    test(`C-89 ${name}: tokens of somebody who is erased are given up, also when that is repeated`, async () => {
      const tokens = [await kept('ok'), await kept('ok')];
      await subject.processor.forgetTokens(tenant, tokens);
      await subject.processor.forgetTokens(tenant, tokens);
      if (name === 'stripe')
        assert.deepEqual(
          tokens.filter((token) => server.hasCustomer(token.split('/')[0]!)),
          [],
        );
    });

    test(`PAY-09 ${name}: declines are results with their code, and stay what they are`, async () => {
      for (const [token, code] of [
        ['declined', 'card_declined'],
        ['noFunds', 'insufficient_funds'],
      ] as const) {
        const { call, result, transactionId } = await begin('charge', token);
        assert.ok(result.status === 'failed');
        assert.equal(result.code, code);
        const known = await about('charge', call.idempotencyKey, transactionId);
        assert.ok(known?.status === 'failed' && known.code === code);
      }
    });

    test(`PAY-14 ${name}: what is held is captured once, in part; then it cannot be voided or captured again`, async () => {
      const { result, transactionId } = await begin('authorize', 'ok');
      assert.equal(result.status, 'authorized');
      const capture = { ...later(transactionId), amount: 400 };
      assert.equal(await about('capture', capture.idempotencyKey, transactionId), null);
      const taken = await subject.processor.capture(capture);
      assert.deepEqual([taken.status, taken.status === 'succeeded' && taken.amount], ['succeeded', 400]);
      assert.deepEqual(await subject.processor.capture(capture), taken);
      const again = await subject.processor.capture({ ...later(transactionId), amount: 400 });
      assert.ok(again.status === 'failed' && again.code === NOT_CAPTURABLE);
      assert.equal((await subject.processor.void(later(transactionId))).status, 'failed');
    });

    test(`PAY-14 ${name}: what was released cannot be captured, and more than is held neither`, async () => {
      const { call, transactionId } = await begin('authorize', 'ok');
      const tooMuch = await subject.processor.capture({ ...later(transactionId), amount: 1_001 });
      assert.ok(tooMuch.status === 'failed' && tooMuch.code === NOT_CAPTURABLE);
      const release = later(transactionId);
      assert.equal((await subject.processor.void(release)).status, 'canceled');
      assert.equal((await subject.processor.void(release)).status, 'canceled');
      const late = await subject.processor.capture({ ...later(transactionId), amount: 1_000 });
      assert.ok(late.status === 'failed' && late.code === NOT_CAPTURABLE);
      assert.equal((await about('void', release.idempotencyKey, transactionId))?.status, 'canceled');
      assert.ok(call);
    });

    test(`PAY-12 PAY-14 ${name}: refunds add up to what was taken at most, also at once, each once by its key`, async () => {
      const { transactionId } = await begin('charge', 'ok');
      const first = { ...later(transactionId), amount: 400 };
      assert.equal((await subject.processor.refund(first)).status, 'succeeded');
      assert.equal((await subject.processor.refund(first)).status, 'succeeded');
      assert.equal((await about('refund', first.idempotencyKey, transactionId))?.status, 'succeeded');
      assert.equal(await about('refund', newId('ref'), transactionId), null);
      const atOnce = await Promise.all(
        Array.from({ length: 4 }, () => subject.processor.refund({ ...later(transactionId), amount: 300 })),
      );
      assert.deepEqual(atOnce.map(({ status }) => status).sort(), ['failed', 'failed', 'succeeded', 'succeeded']);
      const stubborn = await begin('charge', 'refundFails');
      const refused = await subject.processor.refund({ ...later(stubborn.transactionId), amount: 1 });
      assert.ok(refused.status === 'failed' && refused.code === 'refund_declined');
    });

    test(`PAY-10 ${name}: an authentication is asked for with its page, and decides the payment`, async () => {
      const passed = await begin('charge', 'action');
      assert.ok(passed.result.status === 'requires_action');
      assert.match(passed.result.nextAction.url, /^https?:\/\//);
      await subject.authenticate(passed.result, true);
      assert.equal((await about('charge', passed.call.idempotencyKey, passed.transactionId))?.status, 'succeeded');
      const failed = await begin('charge', 'action');
      await subject.authenticate(failed.result, false);
      const outcome = await about('charge', failed.call.idempotencyKey, failed.transactionId);
      assert.ok(outcome?.status === 'failed' && outcome.code === 'authentication_failed', JSON.stringify(outcome));
    });

    test(`PAY-16 ${name}: a bank transfer is processing with a date, and certain later`, async () => {
      const { call, result, transactionId } = await begin('charge', 'bank');
      assert.ok(result.status === 'processing');
      assert.ok(Date.parse(result.settlesAt) > kits.clock.nowMs());
      subject.settle(transactionId);
      assert.equal((await about('charge', call.idempotencyKey, transactionId))?.status, 'succeeded');
    });

    test(`G-13 ${name}: a dispute shows with amount, fee and last day; evidence is handed in and decides`, async () => {
      const { transactionId } = await begin('charge', 'disputed');
      assert.deepEqual(await subject.processor.disputes(tenant, transactionId), []);
      subject.dispute(transactionId);
      const [open, ...more] = await subject.processor.disputes(tenant, transactionId);
      assert.ok(open && more.length === 0);
      assert.deepEqual([open.status, open.amount, open.feeAmount], ['needs_response', 1_000, 1_500]);
      assert.ok(Date.parse(open.evidenceDueAt!) > kits.clock.nowMs());
      const call = { ...later(transactionId), processorId: open.processorId, evidence: 'signed: winning_evidence' };
      await subject.processor.answerDispute(call);
      await subject.processor.answerDispute(call);
      assert.equal((await subject.processor.disputes(tenant, transactionId))[0]!.status, 'under_review');
      subject.decide(open.processorId);
      assert.equal((await subject.processor.disputes(tenant, transactionId))[0]!.status, 'won');
    });

    test(`PCI-03 ${name}: a token tells type, last four digits and fingerprint; an unknown one tells nothing`, async () => {
      const card = await subject.processor.describeToken(tenant, subject.tokens.ok);
      assert.deepEqual([card?.type, card?.last4, card?.expYear], ['card', '4242', 2034]);
      assert.ok(card!.fingerprint.length > 4);
      assert.equal((await subject.processor.describeToken(tenant, subject.tokens.bank))?.type, 'bank_transfer');
      for (const unknown of ['tok_nothing', 'pm_nothing', '__proto__', 'constructor', '../refunds', '']) {
        assert.equal(await subject.processor.describeToken(tenant, unknown), null, unknown);
      }
    });
  });
}
