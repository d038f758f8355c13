import { createHmac, randomBytes } from 'node:crypto';
import { Type } from 'typebox';
import { secretsEqual } from '#kernel/crypto/secrets.ts';
import { DomainError } from '#kernel/errors.ts';
import { type Answer, type HttpFacts, type Operation, operation } from '#kernel/http/operation.ts';
import { formatMoney } from '#kernel/money.ts';
import type { Payment, Payments } from '#modules/payments/index.ts';
import { escapeHtml, messagePage, page } from '../common/html.ts';
import { protocolForm, protocolQuery } from '../identity/protocol-form.ts';
import { ErrorView } from '../render.ts';

const html = (description: string) => ({ description, schema: Type.String(), contentType: 'text/html' });
const GONE = {
  description: 'Finished before, too old, or no such challenge.',
  schema: Type.Union([Type.String(), ErrorView]),
};
const ACCESS = { public: 'the secret of the challenge is the proof; a cookie binds the form to the browser (C-06)' };
const NONCE = /^[\w-]{43}$/;
const COOKIE = 'challenge';

/** The simulator's page on which a customer authenticates a payment (3-D Secure, PAY-10). */
export function challengePageOperations({ challengePage }: Payments): Operation[] {
  const show = operation({
    id: 'simulator.challenge_page',
    method: 'GET',
    path: '/simulator/challenge',
    summary: 'The authentication page of the simulator',
    description: 'Where `next_action.url` of a payment leads; it stands for the page of the bank.',
    access: ACCESS,
    query: protocolQuery({ secret: 'From next_action.url.' }),
    responses: { 200: html('The page.'), 400: GONE },
    errors: [],
    handle: ({ query, http }) =>
      orMessage(async () => {
        const secret = query.secret ?? '';
        return form(http, secret, await challengePage.show(secret));
      }),
  });

  const answer = operation({
    id: 'simulator.challenge_form',
    method: 'POST',
    path: '/simulator/challenge',
    summary: 'The form of the authentication page',
    description:
      'Passes or fails the authentication, once. The browser goes on to `return_url` when the payment has one.',
    access: ACCESS,
    body: protocolForm({ secret: 'From the page.', tag: 'From the page.', outcome: '`pass` or `fail`.' }),
    formBody: true,
    responses: {
      200: html('The outcome.'),
      303: { description: 'To `return_url`, with `payment_id` and `status`.' },
      400: GONE,
    },
    errors: ['resource_locked'],
    limitPerMinute: 30,
    handle: ({ body, http }) =>
      orMessage(async () => {
        const { secret = '', tag = '', outcome = '' } = body;
        const nonce = http.cookies[COOKIE];
        if (!nonce || !secretsEqual(tag, tagOf(nonce, secret)) || !['pass', 'fail'].includes(outcome)) {
          return messagePage(400, 'This did not work', 'The form is not from this browser; open the link again.');
        }
        return outcomeOf(await challengePage.answer(secret, outcome === 'pass', http));
      }),
  });

  const done = operation({
    id: 'payments.authenticated_page',
    method: 'GET',
    path: '/payments/authenticated',
    summary: 'Where a browser goes after an authentication',
    description: 'For payments without a `return_url`.',
    access: { public: 'a page with two sentences for everybody (C-06)' },
    responses: { 200: html('The page.') },
    errors: [],
    handle: () => messagePage(200, 'Thank you', 'The payment goes on; you can close this page.'),
  });

  return [show, answer, done];
}

function form(
  http: HttpFacts,
  secret: string,
  { amount, currency, returnUrl }: Awaited<ReturnType<Payments['challengePage']['show']>>,
): Answer {
  const known = http.cookies[COOKIE];
  const nonce = known && NONCE.test(known) ? known : randomBytes(32).toString('base64url');
  const hidden = `<input type="hidden" name="secret" value="${escapeHtml(secret)}"><input type="hidden" name="tag" value="${tagOf(nonce, secret)}">`;
  const button = (outcome: string, text: string) =>
    `<form method="post" action="/simulator/challenge">${hidden}<input type="hidden" name="outcome" value="${outcome}"><button type="submit">${text}</button></form>`;
  const money = escapeHtml(formatMoney({ amount, currency }));
  const content = `<h1>Confirm your payment</h1><p>Your bank asks whether you pay ${money}. This page is a simulation; no money moves.</p>
${button('pass', 'Confirm')}${button('fail', 'Refuse')}`;
  const formTarget = returnUrl ? new URL(returnUrl).origin : undefined;
  const headers = { 'set-cookie': `${COOKIE}=${nonce}; Path=/simulator; HttpOnly; SameSite=Strict; Max-Age=900` };
  return page({ status: 200, title: 'Confirm your payment', content, formTarget, headers });
}

/** Only who has the cookie of this browser can make the tag of a form. */
function tagOf(nonce: string, secret: string): string {
  return createHmac('sha256', nonce).update(secret).digest('base64url');
}

function outcomeOf(payment: Payment): Answer {
  if (payment.returnUrl) {
    const target = new URL(payment.returnUrl);
    target.searchParams.set('payment_id', payment.id);
    target.searchParams.set('status', payment.status);
    return {
      status: 303,
      headers: { location: target.href, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
    };
  }
  if (payment.status === 'failed')
    return messagePage(200, 'Not confirmed', 'The payment was refused; you can close this page.');
  return messagePage(200, 'Confirmed', 'The payment goes on; you can close this page.');
}

async function orMessage(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DomainError) || (error.kind !== 'gone' && error.kind !== 'not_found')) throw error;
    return messagePage(400, 'This cannot be confirmed', error.message);
  }
}
