import type { CommandContext } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { notFound } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { SagaDefinition } from '#kernel/saga/saga.ts';
import {
  changedReturn,
  itemsToReturn,
  type NewReturn,
  type OrderReturn,
  type ReceivedPieces,
  type ReturnId,
  type ReturnStatus,
  requireReturnStatus,
  returnEvent,
} from './return.ts';
import {
  type ReceiveState,
  type ReturnParts,
  readReturn,
  receiveSaga,
  type SettleState,
  settleSaga,
} from './return-sagas.ts';
import * as store from './returns.store.ts';

/**
 * Goods that come back (G-34). Besides the errors named, every method that takes an id may raise `not_found`, and every
 * method that changes something `precondition_failed` (stale If-Match) and `resource_locked`.
 */
export interface Returns {
  /** Errors: `invalid_state` (nothing was shipped), `validation` (more than was shipped and is not back or announced). */
  requestReturn(context: CommandContext, input: NewReturn): Promise<OrderReturn>;
  getReturn(scope: Scope, id: ReturnId): Promise<OrderReturn>;
  listReturns(scope: Scope, filter: store.ReturnFilter, page: PageRequest): Promise<Page<OrderReturn>>;
  /** Errors: `invalid_state`. */
  approveReturn(context: CommandContext, id: ReturnId): Promise<OrderReturn>;
  /** Until the goods are here. Errors: `invalid_state`. */
  rejectReturn(context: CommandContext, id: ReturnId): Promise<OrderReturn>;
  /**
   * The goods are here; all that was announced, to be sold again, unless told. Errors: `invalid_state`, `validation`
   * (more than was announced).
   */
  receiveReturn(context: CommandContext, id: ReturnId, received?: ReceivedPieces[] | null): Promise<OrderReturn>;
  /**
   * Gives the money back, and makes the draft of an exchange; `amount` in minor units, the share of what arrived unless
   * given. Errors: `invalid_state`, `validation` (more than was paid, a product that is not sold any more), `payment_failed`,
   * `upstream`, `unavailable` (goes on by itself).
   */
  settleReturn(context: CommandContext, id: ReturnId, amount?: number | null): Promise<OrderReturn>;
}

export function createReturns(parts: ReturnParts): Returns {
  const { database, writes, sagas } = parts.kit;
  const receive = receiveSaga(parts);
  const settle = settleSaga(parts);
  sagas.register(receive as SagaDefinition<never, OrderReturn>);
  sagas.register(settle as SagaDefinition<never, OrderReturn>);

  return {
    requestReturn: (context, input) => writes.orStored(context, () => request(parts, context, input)),
    async getReturn(scope, id) {
      const found = await store.returnFind(database, scope, id);
      if (!found) throw notFound('return', id);
      return found;
    },
    listReturns: (scope, filter, page) => store.returnsList(database, scope, filter, page),
    approveReturn: (context, id) =>
      writes.orStored(context, () => decided(parts, context, id, ['requested'], 'approved')),
    rejectReturn: (context, id) =>
      writes.orStored(context, () => decided(parts, context, id, ['requested', 'approved'], 'rejected')),
    async receiveReturn(context, id, received = null) {
      const { orderId } = await readReturn(parts, context, id);
      const state: ReceiveState = { orderId, returnId: id, received, stock: [] };
      return sagas.run(receive, context, orderId, state);
    },
    async settleReturn(context, id, amount = null) {
      const { orderId } = await readReturn(parts, context, id);
      const state: SettleState = {
        orderId,
        returnId: id,
        paymentId: null,
        refundId: null,
        replacement: null,
        amount,
      };
      return sagas.run(settle, context, orderId, state);
    },
  };
}

/** Not while goods or money of the order's returns are on their way: what a saga has begun is not taken back under it. */
async function decided(
  parts: ReturnParts,
  context: CommandContext,
  id: ReturnId,
  from: readonly ReturnStatus[],
  to: 'approved' | 'rejected',
): Promise<OrderReturn> {
  const { orderId } = await readReturn(parts, context, id);
  const { kit, clock, commands } = parts;
  return kit.writes.run(context, async (tx) => {
    await commands.lockedAlone(tx, orderId);
    const [row] = await tx.query(store.returnLock(id));
    const current = store.toReturn(row!);
    expectVersion(context, 'return', current.version);
    requireReturnStatus(current, from, to);
    const after = changedReturn(current, { status: to }, clock.now());
    tx.add(store.returnUpdate(after));
    tx.append(returnEvent(`return.${to}`, after));
    return after;
  });
}

/** Under the lock of the order, so that two returns at once cannot announce the same piece. */
async function request(
  { kit, commands, clock }: ReturnParts,
  context: CommandContext,
  input: NewReturn,
): Promise<OrderReturn> {
  await commands.requireExisting(context.tenant, input.orderId);
  return kit.writes.run(context, async (tx) => {
    const order = await commands.locked(tx, input.orderId);
    const rows = await tx.query(store.returnsOfOrder(order.id));
    const open = rows.map(store.toReturn).filter(({ status }) => status === 'requested' || status === 'approved');
    const items = itemsToReturn(order, input.items, open);
    const now = clock.now();
    const made: OrderReturn = {
      id: newId('rtn', now.getTime()),
      version: 1,
      orderId: order.id,
      customerId: order.customerId,
      status: 'requested',
      reason: input.reason,
      resolution: input.resolution,
      items,
      received: [],
      refundAmount: null,
      refundId: null,
      replacementOrderId: null,
      createdAt: now.toISOString(),
      updatedAt: now.toISOString(),
    };
    tx.add(store.returnInsert(context.tenant, made));
    tx.append(returnEvent('return.requested', made));
    return made;
  });
}
