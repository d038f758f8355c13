import { Type } from 'typebox';
import { currency, object, optional, timestamp, withDefault } from '#kernel/http/fields.ts';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import { type Balance, type Customers, ENTRY_KINDS, type LedgerEntry } from '#modules/customers/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { CurrencyCode, idView, MinorUnits, orNull, Timestamp } from '../common/shapes.ts';
import { CustomerId } from './customers.ts';

const StatementQuery = object({
  ...pageQuery,
  currency: withDefault(currency({ description: 'USD unless given.' }), 'USD'),
  from: optional(timestamp({ description: 'Entries at this instant or later.' })),
  until: optional(timestamp({ description: 'Entries before this instant.' })),
});

const Direction = Type.Enum(['debit', 'credit'], { description: '`debit`: the customer owes it; `credit`: you do.' });
const AmountView = Type.Object({ amount: MinorUnits, direction: Direction });
const BalanceView = Type.Object(
  { currency: CurrencyCode, amount: MinorUnits, direction: Direction },
  { $id: 'CustomerBalance' },
);
const EntryView = Type.Object(
  {
    id: idView('led'),
    customer_id: idView('cus'),
    kind: Type.Enum([...ENTRY_KINDS]),
    direction: Direction,
    amount: MinorUnits,
    currency: CurrencyCode,
    order_id: orNull(idView('ord')),
    payment_id: orNull(idView('pay')),
    occurred_at: Timestamp,
  },
  { $id: 'StatementEntry' },
);
const StatementView = Type.Intersect(
  [
    Type.Object({ currency: CurrencyCode, opening_balance: AmountView, closing_balance: AmountView }),
    pageOf(EntryView),
  ],
  { $id: 'Statement' },
);

/** An amount is never negative; its direction carries the sign (C-42). */
function amountView(balance: number) {
  return { amount: Math.abs(balance), direction: balance < 0 ? 'credit' : 'debit' };
}

function balanceView({ currency: code, balance }: Balance) {
  return { currency: code, ...amountView(balance) };
}

function entryView(entry: LedgerEntry) {
  const { id, kind, direction, amount } = entry;
  const about = { order_id: entry.orderId, payment_id: entry.paymentId, occurred_at: entry.occurredAt };
  return { id, customer_id: entry.customerId, kind, direction, amount, currency: entry.currency, ...about };
}

/** /customers/:id/balance and /customers/:id/statement (G-02). */
export function statementOperations(customers: Customers, cursors: CursorCodec): Operation[] {
  const balance = operation({
    id: 'customers.balance',
    method: 'GET',
    path: '/customers/:id/balance',
    summary: 'Get the balance of a customer',
    description: 'What it owes in each currency, a moment behind orders and payments; merged duplicates count.',
    access: { scope: 'customers:read' },
    params: CustomerId,
    responses: { 200: { description: 'The balances.', schema: Type.Object({ data: Type.Array(BalanceView) }) } },
    errors: ['invalid_state'],
    async handle({ context, params }) {
      return ok({ data: (await customers.getBalances(context.tenant, params.id)).map(balanceView) });
    },
  });

  const statement = operation({
    id: 'customers.statement',
    method: 'GET',
    path: '/customers/:id/statement',
    summary: 'Get the statement of a customer',
    description:
      'Confirmed orders and refunds are debits; payments, credit notes and canceled orders are credits. Newest first, ' +
      'with the balance before the first and after the last entry of the time you ask for.',
    access: { scope: 'customers:read' },
    params: CustomerId,
    query: StatementQuery,
    responses: { 200: { description: 'A page of the statement.', schema: StatementView } },
    errors: ['invalid_state'],
    async handle({ context, params, query }) {
      const name = listName(`customers.statement ${params.id}`, query);
      const filter = { currency: query.currency, from: query.from, until: query.until };
      const found = await customers.getStatement(context.tenant, params.id, filter, pageRequest(cursors, name, query));
      const page = pageAnswer(cursors, name, found.entries, entryView);
      const opening_balance = amountView(found.openingBalance);
      const closing_balance = amountView(found.closingBalance);
      return ok({ currency: found.currency, opening_balance, closing_balance, ...(page.body as object) });
    },
  });

  return [balance, statement];
}
