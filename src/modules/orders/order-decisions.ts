import { DomainError, invalidField } from '#kernel/errors.ts';
import type { PaymentId } from '#kernel/ids.ts';
import type { Order, OrderChanges, OrderFact, OrderState, OrderStatus, RestCanceled } from './order.ts';
import { requirePayable, totalOf } from './order-total.ts';
import { type LineQuantity, linesLeft, linesToCancel, linesToShip, type ShipmentRequest } from './shipments.ts';

/** What may be asked of an order. `at` is the instant of the decision, ISO 8601 UTC. */
export type OrderCommand =
  | { type: 'create'; order: Order }
  /** `changes.total` is what the caller sent, if anything (C-65). */
  | { type: 'change'; changes: OrderChanges; details?: string[]; at: string }
  | {
      type: 'confirm';
      paymentId: PaymentId;
      paymentStatus: 'authorized' | 'captured';
      /** The order that stock and payment were arranged for. */
      version: number;
      at: string;
    }
  | { type: 'decide-approval'; decision: 'approved' | 'rejected'; by: string; reason: string | null; at: string }
  | { type: 'start-processing'; at: string }
  | { type: 'ship'; shipment: ShipmentRequest & { reference: string }; at: string }
  /** One shipment arrived, or all of them. */
  | { type: 'deliver'; reference?: string | null; at: string }
  /** Pieces that came back and were received; none when the step is repeated. */
  | { type: 'note-return'; returnId: string; items: LineQuantity[]; at: string }
  | { type: 'cancel'; reason: string | null; at: string }
  /** What is left of an order that left in part, or these lines of it; `amount` is their share of the money. */
  | ({ type: 'cancel-rest'; items: LineQuantity[] | null; reference: string } & RestCanceled)
  /** The payment step of one of our own sagas was declined. */
  | { type: 'note-payment-failure'; paymentId: PaymentId; code: string; at: string }
  /** News of the payments module; old news, and news about a payment that is not the order's, change nothing. */
  | { type: 'note-payment'; paymentId: PaymentId; became: PaymentNews; at: string };

export type PaymentNews = 'captured' | 'released' | 'refunded' | { failed: string };

type Change = Extract<OrderCommand, { type: 'change' }>;
type Ship = Extract<OrderCommand, { type: 'ship' }>;
type DecideApproval = Extract<OrderCommand, { type: 'decide-approval' }>;
type NoteReturn = Extract<OrderCommand, { type: 'note-return' }>;
type Deliver = Extract<OrderCommand, { type: 'deliver' }>;
type Confirm = Extract<OrderCommand, { type: 'confirm' }>;
type CancelRest = Extract<OrderCommand, { type: 'cancel-rest' }>;
type NotePayment = Extract<OrderCommand, { type: 'note-payment' }>;
type NoteFailure = Extract<OrderCommand, { type: 'note-payment-failure' }>;

/** Where a cancellation is still possible (ORD-18..21). */
const CANCELABLE: readonly OrderStatus[] = ['draft', 'confirmed', 'processing'];

/**
 * The facts that follow from a command; none when it has no effect any more, so that a saga may repeat its steps.
 * Errors: `invalid_state` for a step that the lifecycle does not allow, `validation` for a wrong total.
 */
export function decide(command: OrderCommand, state: OrderState): OrderFact[] {
  if (command.type === 'create') return state.status === 'none' ? [decideCreate(command.order)] : [];
  if (state.status === 'none') throw new Error('The order was not created');
  switch (command.type) {
    case 'change':
      requireEditable(state);
      return decideChange(command, state);
    case 'confirm':
      return decideConfirm(command, state);
    case 'start-processing':
      requireStatus(state, 'confirmed', 'processed');
      return [{ type: 'order.processing_started', at: command.at }];
    case 'ship':
      return decideShip(command, state);
    case 'deliver':
      return decideDelivery(command, state);
    case 'decide-approval':
      return decideApproval(command, state);
    case 'note-return':
      return decideReturn(command, state);
    case 'cancel':
      if (state.status === 'canceled') return [];
      requireCancelable(state);
      return [{ type: 'order.canceled', at: command.at, reason: command.reason }];
    case 'cancel-rest':
      return decideCancelRest(command, state);
    case 'note-payment-failure':
      return decidePaymentFailure(command, state);
    case 'note-payment':
      return decidePayment(command, state);
    default:
      return command satisfies never;
  }
}

function decideCreate(order: Order): OrderFact {
  // The service has told the caller what is wrong; here it would be our own mistake.
  if (order.items.length === 0 || totalOf(order.items) !== order.total) throw new Error('The order does not add up');
  return { type: 'order.created', order };
}

function decideChange({ changes, details, at }: Change, order: Order): OrderFact[] {
  const { total: sent, ...rest } = changes;
  const total = totalOf(changes.items ?? order.items);
  if (sent !== undefined && sent !== total) {
    const message = `total must be ${total}, the sum of quantity × unit_price over the items; leave it out to have it computed.`;
    throw invalidField('total', 'total_mismatch', message);
  }
  const effective: OrderChanges = changes.items ? { ...rest, total } : rest;
  if (Object.keys(effective).length === 0) return [];
  requirePayable({ ...order, ...effective });
  return [{ type: 'order.changed', at, changes: effective, ...(details?.length ? { details } : {}) }];
}

function decideApproval({ decision, by, reason, at }: DecideApproval, order: Order): OrderFact[] {
  requireStatus(order, 'draft', decision);
  if (decision === 'rejected') return [{ type: 'order.approval_rejected', at, by, reason }];
  return order.approval?.decision === 'approved' ? [] : [{ type: 'order.approved', at, by }];
}

function decideReturn({ returnId, items, at }: NoteReturn, order: Order): OrderFact[] {
  if (items.length === 0) return [];
  for (const { line, quantity } of items) {
    const item = order.items.find((each) => each.line === line);
    // The return was checked when it was announced; here it would be our own mistake.
    if (!item || item.returnedQuantity + quantity > item.shippedQuantity) {
      throw new Error(`More of line ${line} comes back than has left`);
    }
  }
  return [{ type: 'order.items_returned', at, returnId, items }];
}

function decideConfirm({ paymentId, paymentStatus, version, at }: Confirm, order: Order): OrderFact[] {
  if (order.status === 'confirmed' && order.paymentId === paymentId) return [];
  requireStatus(order, 'draft', 'confirmed');
  if (order.version !== version) {
    throw new DomainError('invalid_state', 'The order was changed while it was being confirmed; confirm it again.');
  }
  return [{ type: 'order.confirmed', at, paymentId, paymentStatus }];
}

function decideShip({ shipment: asked, at }: Ship, order: Order): OrderFact[] {
  const { carrier, trackingNumber, reference } = asked;
  if (order.shipments.some((known) => known.reference === reference)) return [];
  requireStatus(order, 'processing', 'shipped');
  const items = linesToShip(order, asked.items);
  const shipment = { reference, carrier, trackingNumber, items, shippedAt: at, deliveredAt: null };
  const isLast = sumOf(items) === sumOf(linesLeft(order.items));
  return [{ type: isLast ? 'order.shipped' : 'order.partially_shipped', at, shipment }];
}

function sumOf(lines: readonly { quantity: number }[]): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0);
}

function decideDelivery({ reference, at }: Deliver, order: Order): OrderFact[] {
  if (!reference) {
    requireStatus(order, 'shipped', 'delivered');
    return [{ type: 'order.delivered', at }];
  }
  const shipment = order.shipments.find((known) => known.reference === reference);
  if (!shipment) {
    throw invalidField('reference', 'not_found', `The order ${order.id} has no shipment ${reference}.`);
  }
  if (shipment.deliveredAt !== null) return [];
  const isLast = order.shipments.every((known) => known.deliveredAt !== null || known === shipment);
  // More parcels of an order that is still being processed are to come.
  if (isLast && order.status === 'shipped') return [{ type: 'order.delivered', at }];
  return [{ type: 'order.shipment_delivered', at, reference }];
}

function decideCancelRest({ type: _type, items: asked, ...rest }: CancelRest, order: Order): OrderFact[] {
  // A repeated step finds it done.
  if (order.restCanceled !== null && order.restCanceled.reference === (rest.reference ?? null)) return [];
  requireRestCancelable(order);
  const items = linesToCancel(order, asked);
  const canceled: OrderFact = { type: 'order.rest_canceled', items, ...rest };
  const isAll = sumOf(items) === sumOf(linesLeft(order.items));
  // Nothing is on its way any more when everything that left has arrived.
  const isOver = isAll && order.shipments.every(({ deliveredAt }) => deliveredAt !== null);
  return isOver ? [canceled, { type: 'order.delivered', at: rest.at }] : [canceled];
}

function decidePaymentFailure({ paymentId, code, at }: NoteFailure, order: Order): OrderFact[] {
  const isFirstNews = order.paymentStatus !== 'failed' || order.paymentId !== paymentId;
  // A draft has no payment of its own yet; afterwards only its own payment counts.
  const concerns = order.status === 'draft' || (order.paymentId === paymentId && order.paymentStatus === 'authorized');
  return concerns && isFirstNews ? [{ type: 'order.payment_failed', at, paymentId, code }] : [];
}

function decidePayment({ paymentId, became, at }: NotePayment, order: Order): OrderFact[] {
  // A draft has no payment yet: what an attempt to confirm it came to is told by that attempt.
  if (order.status === 'draft' || order.paymentId !== paymentId) return [];
  const isHeld = order.paymentStatus === 'authorized';
  if (typeof became === 'object') {
    return isHeld ? [{ type: 'order.payment_failed', at, paymentId, code: became.failed }] : [];
  }
  switch (became) {
    case 'captured':
      return isHeld ? [{ type: 'order.payment_captured', at, paymentId }] : [];
    case 'released':
      return isHeld ? [{ type: 'order.payment_released', at, paymentId }] : [];
    case 'refunded':
      return isHeld || order.paymentStatus === 'captured' ? [{ type: 'order.payment_refunded', at, paymentId }] : [];
    default:
      return became satisfies never;
  }
}

/** Errors: `invalid_state` (ORD-23). */
export function requireEditable(order: Order): void {
  if (order.status === 'draft') return;
  throw new DomainError(
    'invalid_state',
    `Only a draft can be changed; this order is ${order.status}. Make a new order.`,
  );
}

/** Errors: `invalid_state` (ORD-21). */
export function requireCancelable(order: Order): void {
  const { status, shipments } = order;
  if (CANCELABLE.includes(status) && shipments.length === 0) return;
  const now = CANCELABLE.includes(status) ? `${status} and shipped in part; cancel what is left instead` : status;
  throw new DomainError('invalid_state', `An order can be canceled until it is shipped; this one is ${now}.`);
}

/** Errors: `invalid_state`, saying what to do instead. */
export function requireRestCancelable(order: Order): void {
  const { status, shipments } = order;
  if (status === 'processing' && shipments.length > 0) return;
  const instead = CANCELABLE.includes(status) ? 'cancel it as a whole' : 'take back what left with a return';
  const message = `Only the rest of an order that left in part can be canceled; this one is ${status}: ${instead}.`;
  throw new DomainError('invalid_state', message);
}

/** Whether something of an order may be packed. Errors: `invalid_state`, saying what to do first. */
export function requireShippable(order: Order): void {
  const { id, status } = order;
  if (status === 'processing') {
    requirePayment(order);
    return;
  }
  const first: Partial<Record<OrderStatus, string>> = {
    confirmed: `process it first (POST /orders/${id}/process)`,
    draft: 'confirm and process it first',
  };
  const what = first[status] ?? 'there is nothing left to ship';
  throw new DomainError('invalid_state', `Only an order in processing is shipped; this one is ${status}: ${what}.`);
}

/** Nothing leaves for money that is not there any more. Errors: `invalid_state`, saying what to do instead. */
export function requirePayment({ id, paymentStatus }: Pick<Order, 'id' | 'paymentStatus'>): void {
  if (paymentStatus === 'authorized' || paymentStatus === 'captured') return;
  const what = { none: 'was released', failed: 'failed', refunded: 'was given back' }[paymentStatus];
  const message = `The payment of this order ${what}; cancel it, or what is left of it (POST /orders/${id}/cancel-rest), and make a new order.`;
  throw new DomainError('invalid_state', message);
}

/** Errors: `invalid_state` (ORD-17, ORD-28). */
export function requireStatus(order: Order, needed: OrderStatus, verb: string): void {
  if (order.status === needed) return;
  const message = `Only an order that is ${needed} can be ${verb}; this one is ${order.status}.`;
  throw new DomainError('invalid_state', message);
}
