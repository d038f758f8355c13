import type { CommandContext } from '#kernel/context.ts';
import type { Transaction } from '#kernel/database/module-database.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { DomainError, notFound } from '#kernel/errors.ts';
import type { StoredEvent } from '#kernel/events/event.ts';
import type { OrderId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { factOf, orderEvents, toStoredEvent } from '../events.ts';
import { fold, type Order } from '../order.ts';
import { decide, type OrderCommand } from '../order-decisions.ts';
import * as store from '../orders.store.ts';

/** Load, fold, decide, append, project: the only way an order changes. */
export interface OrderCommands {
  /** Errors: `not_found`. */
  get(scope: Scope, id: OrderId): Promise<Order>;
  /** Errors: `not_found`. */
  requireExisting(scope: Scope, id: OrderId): Promise<void>;
  /** The order as it was at an instant, from its events (G-61). Errors: `not_found`, also before it was created. */
  getAsOf(scope: Scope, id: OrderId, at: string): Promise<Order>;
  /** Everything that happened, oldest first (ARC-05). Errors: `not_found`. */
  history(scope: Scope, id: OrderId): Promise<StoredEvent[]>;
  /**
   * Decides on the newest state under a lock. Errors: `not_found`, `precondition_failed`, those of `decide`,
   * `resource_locked` when the lock is not had in 2 s (C-31).
   */
  change(context: CommandContext, id: OrderId, command: Decision): Promise<Order>;
  /** The newest state, under its lock until the transaction ends. Errors: `not_found`. */
  locked(tx: Transaction, id: OrderId): Promise<Order>;
  /** The same, refused while a saga works on the order. Errors besides: `resource_locked`. */
  lockedAlone(tx: Transaction, id: OrderId): Promise<Order>;
  /** As `change` for a caller who is no saga: errors besides: `resource_locked` while a saga works on the order (ERR-11). */
  changeAlone(context: CommandContext, id: OrderId, command: Decision): Promise<Order>;
}

/** A command, or what makes one of the locked order. */
type Decision =
  | OrderCommand
  | ((order: Order, tx: WriteTransaction, events: readonly StoredEvent[]) => OrderCommand | Promise<OrderCommand>);

type Rows = Record<string, unknown>[];

export function createOrderCommands({ database, writes }: ModuleKit): OrderCommands {
  const foldRows = (rows: Rows) =>
    fold(rows.map((row) => factOf(row as { type: string; data: Record<string, unknown> })));

  const change = (context: CommandContext, id: OrderId, command: Decision, alone: boolean) =>
    writes.run(context, async (tx) => {
      const [, stream, saga] = await tx.run(store.orderLock(id));
      const before = foldRows(stream!.rows);
      if (before.status === 'none') throw notFound('order', id);
      if (alone && saga!.rows.length > 0) throw beingChanged(id);
      expectVersion(context, 'order', before.version);
      const decision =
        typeof command === 'function' ? await command(before, tx, stream!.rows.map(toStoredEvent)) : command;
      const facts = decide(decision, before);
      if (facts.length === 0) return before;
      const { events, state } = orderEvents(before, facts);
      const after = state as Order;
      tx.append(...events);
      tx.add(...store.orderUpdate(context.tenant, after, before.items));
      return after;
    });

  async function locked(tx: Transaction, id: OrderId, alone: boolean): Promise<Order> {
    const [, stream, saga] = await tx.run(store.orderLock(id));
    const order = foldRows(stream!.rows);
    if (order.status === 'none') throw notFound('order', id);
    if (alone && saga!.rows.length > 0) throw beingChanged(id);
    return order;
  }

  return {
    async get(scope, id) {
      const order = await store.orderFind(database, scope, id);
      if (!order) throw notFound('order', id);
      return order;
    },
    async requireExisting(scope, id) {
      if (!(await store.orderExists(database, scope, id))) throw notFound('order', id);
    },
    async getAsOf(scope, id, at) {
      const order = foldRows(await store.orderEventsFind(database, scope, id, at));
      if (order.status !== 'none') return order;
      if (!(await store.orderExists(database, scope, id))) throw notFound('order', id);
      throw new DomainError('not_found', `The order ${id} did not exist yet at ${at}.`);
    },
    async history(scope, id) {
      const rows = await store.orderEventsFind(database, scope, id);
      if (rows.length === 0) throw notFound('order', id);
      return rows.map(toStoredEvent);
    },
    change: (context, id, command) => change(context, id, command, false),
    locked: (tx, id) => locked(tx, id, false),
    lockedAlone: (tx, id) => locked(tx, id, true),
    changeAlone: (context, id, command) => change(context, id, command, true),
  };
}

function beingChanged(id: OrderId): DomainError {
  const message = `${id} is being changed by another request; repeat in a second.`;
  return new DomainError('resource_locked', message, { retryAfterSeconds: 1 });
}
