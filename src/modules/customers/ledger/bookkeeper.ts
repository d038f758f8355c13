import type { Transaction } from '#kernel/database/module-database.ts';
import type { Consumer } from '#kernel/events/bus.ts';
import type { StoredEvent } from '#kernel/events/event.ts';
import { newId, type OrderId, type PaymentId } from '#kernel/ids.ts';
import type { Payment } from '#modules/payments/index.ts';
import {
  booksLock,
  entriesInsert,
  ledgerOrdersFind,
  ledgerPaymentsFind,
  putOrders,
  putPayments,
} from './ledger.store.ts';
import {
  entriesForOrder,
  entriesForPayment,
  type LedgerNews,
  type NewEntry,
  type OrderAccount,
  type PaymentAccount,
} from './ledger.ts';

/** What an event of the orders module says: the order's money as it stands after it. */
export type ReadOrder = (
  event: StoredEvent,
) => Pick<LedgerNews & { about: 'order' }, 'orderId' | 'customerId' | 'currency' | 'due'>;

/** Keeps the statement of every customer by the events of orders and payments. */
export function bookkeeper(readOrder: ReadOrder): Consumer {
  return {
    name: 'customers.ledger',
    sources: ['orders', 'payments'],
    wants: (event) => newsOf(event, readOrder) !== null,
    async handle(events, tx) {
      await book(
        tx,
        events.flatMap((event) => newsOf(event, readOrder) ?? []),
      );
    },
  };
}

function newsOf(event: StoredEvent, readOrder: ReadOrder): LedgerNews | null {
  const { tenant, occurredAt, id: eventId } = event;
  const common = { tenant, occurredAt, eventId };
  if (event.source === 'orders') {
    if (!event.data.order) return null;
    const order = readOrder(event);
    // A new draft owes nothing, and has owed nothing before.
    if (event.type === 'order.created' && order.due === 0) return null;
    return { about: 'order', ...common, ...order };
  }
  const payment = event.data.payment as unknown as Payment | undefined;
  if (!payment?.customerId) return null;
  const { id: paymentId, orderId, customerId, currency, capturedAmount: captured, refundedAmount: refunded } = payment;
  if (captured === 0 && refunded === 0) return null;
  const isOnAccount = payment.methodType === 'on_account';
  return { about: 'payment', ...common, customerId, currency, paymentId, orderId, captured, refunded, isOnAccount };
}

async function book(tx: Transaction, news: readonly LedgerNews[]): Promise<void> {
  if (news.length === 0) return;
  const orderIds = news.flatMap(({ orderId }) => orderId ?? []);
  const paymentIds = news.flatMap((each) => (each.about === 'payment' ? each.paymentId : []));
  const [, orderRows, paymentRows] = await tx.run([
    booksLock(),
    ledgerOrdersFind([orderIds]),
    ledgerPaymentsFind([paymentIds]),
  ]);
  const books = new Books();
  for (const row of orderRows!.rows) {
    books.orders.set(row.order_id, { due: row.due_amount, refunded: row.refunded_amount });
  }
  for (const row of paymentRows!.rows) {
    books.payments.set(row.payment_id, { captured: row.captured_amount, refunded: row.refunded_amount });
  }
  for (const each of news) books.take(each);
  await tx.run([putOrders(books.orderRows()), putPayments(books.paymentRows()), entriesInsert(books.entries)]);
}

/** The accounts that a batch of news touches, as the news change them. */
class Books {
  readonly orders = new Map<OrderId, OrderAccount>();
  readonly payments = new Map<PaymentId, PaymentAccount>();
  readonly entries: Parameters<typeof entriesInsert>[0][number][] = [];
  readonly #touchedOrders = new Map<OrderId, LedgerNews>();
  readonly #touchedPayments = new Map<PaymentId, LedgerNews>();

  take(news: LedgerNews): void {
    if (news.about === 'order') {
      this.#setOrder(news, news.orderId, { ...this.#order(news.orderId), due: news.due }, 'order');
      return;
    }
    const before = this.payments.get(news.paymentId) ?? { captured: 0, refunded: 0 };
    // News of one payment come in order; an older state than the booked one says nothing.
    const captured = Math.max(before.captured, news.captured);
    const refunded = Math.max(before.refunded, news.refunded);
    this.payments.set(news.paymentId, { captured, refunded });
    this.#touchedPayments.set(news.paymentId, news);
    if (!news.isOnAccount) this.#add(news, entriesForPayment(before, { captured, refunded }));
    if (news.orderId === null || refunded === before.refunded) return;
    const order = this.#order(news.orderId);
    const after = { ...order, refunded: order.refunded + refunded - before.refunded };
    this.#setOrder(news, news.orderId, after, 'refund');
  }

  orderRows() {
    return [...this.#touchedOrders].map(([orderId, news]) => {
      const { due, refunded } = this.orders.get(orderId)!;
      return { order_id: orderId, ...ownerOf(news), due_amount: due, refunded_amount: refunded };
    });
  }

  paymentRows() {
    return [...this.#touchedPayments].map(([paymentId, news]) => {
      const { captured, refunded } = this.payments.get(paymentId)!;
      return { payment_id: paymentId, ...ownerOf(news), captured_amount: captured, refunded_amount: refunded };
    });
  }

  #order(id: OrderId): OrderAccount {
    return this.orders.get(id) ?? { due: 0, refunded: 0 };
  }

  #setOrder(news: LedgerNews, id: OrderId, after: OrderAccount, cause: 'order' | 'refund'): void {
    this.#add(news, entriesForOrder(this.#order(id), after, cause));
    this.orders.set(id, after);
    this.#touchedOrders.set(id, news);
  }

  #add(news: LedgerNews, entries: readonly NewEntry[]): void {
    for (const entry of entries) {
      this.entries.push({
        id: newId('led', Date.parse(news.occurredAt)),
        ...ownerOf(news),
        ...entry,
        order_id: news.orderId,
        payment_id: news.about === 'payment' ? news.paymentId : null,
        event_id: news.eventId,
        occurred_at: news.occurredAt,
      });
    }
  }
}

function ownerOf({ tenant, customerId, currency }: LedgerNews) {
  return { org_id: tenant.orgId, livemode: tenant.livemode, customer_id: customerId, currency };
}
