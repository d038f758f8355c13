import { Type } from 'typebox';
import { integer, object, secretText } from '#kernel/http/fields.ts';
import { type Operation, operation } from '#kernel/http/operation.ts';
import type { Vault } from '#modules/vault/index.ts';

const Card = object({
  number: secretText({
    max: 40,
    description:
      'A published test number of the simulator: 4242 4242 4242 4242 succeeds, 4000 0000 0000 0002 is declined, 4000 0000 0000 3220 asks for 3-D Secure. Never a real card.',
    example: '4242 4242 4242 4242',
  }),
  exp_month: integer({ min: 1, max: 12, example: 12 }),
  exp_year: integer({ min: 2000, max: 2100, example: 2034 }),
  cvc: secretText({ max: 4, example: '123' }),
});
const TokenView = Type.Object(
  {
    token: Type.String({ description: 'For POST /payment-methods. Nobody else can use it.', examples: ['tok_card_…'] }),
    brand: Type.String({ examples: ['visa'] }),
    last4: Type.String({ examples: ['4242'] }),
    exp_month: Type.Integer(),
    exp_year: Type.Integer(),
    fingerprint: Type.String({ description: 'The same for every token of the same card.' }),
  },
  { $id: 'CardToken' },
);

/** The intake of the vault: the only place of the API that takes a card number (PCI-04). */
export function tokenizeOperations(vault: Vault): Operation[] {
  const tokenize = operation({
    id: 'payment_methods.tokenize',
    method: 'POST',
    path: '/payment-methods/tokenize',
    summary: 'Exchange a test card for a token',
    description:
      'For trying out: takes the published test numbers of the simulator alone, and keeps the last four digits and a keyed hash. An Idempotency-Key is not used here. With another processor its own form makes the tokens of real cards.',
    access: { scope: 'payment_methods:write' },
    body: Card,
    responses: { 201: { description: 'The token.', schema: TokenView } },
    errors: ['invalid_state'],
    async handle({ context, body }) {
      const { number, exp_month, exp_year, cvc } = body;
      const made = await vault.tokenize(context, { number, expMonth: exp_month, expYear: exp_year, cvc });
      const { brand, last4, fingerprint } = made.card;
      return { status: 201, body: { token: made.token, brand, last4, exp_month, exp_year, fingerprint } };
    },
  });
  return [tokenize];
}
