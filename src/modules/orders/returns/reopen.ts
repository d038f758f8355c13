import { type CommandContext, innerContext } from '#kernel/context.ts';
import type { OrderId } from '#kernel/ids.ts';
import type { Payment } from '#modules/payments/index.ts';
import { changedReturn, isSettled, returnEvent } from './return.ts';
import type { ReturnParts } from './return-sagas.ts';
import { returnsOfOrder, returnUpdate, toReturn } from './returns.store.ts';

/**
 * Returns whose refund came back days later are received again: they can be settled anew. Not while a saga works on the
 * order, because one that is just settling has not noted its refund yet. Errors: `resource_locked`.
 */
export async function reopenUnpaid(
  { kit, commands, clock }: Pick<ReturnParts, 'kit' | 'commands' | 'clock'>,
  context: CommandContext,
  orderId: OrderId,
  { refunds }: Payment,
): Promise<void> {
  const failed = new Set(refunds.filter(({ status }) => status === 'failed').map(({ id }) => id));
  if (failed.size === 0) return;
  await kit.writes.run(innerContext(context), async (tx) => {
    await commands.lockedAlone(tx, orderId);
    const returns = (await tx.query(returnsOfOrder(orderId))).map(toReturn);
    for (const settled of returns) {
      if (!isSettled(settled) || !settled.refundId || !failed.has(settled.refundId)) continue;
      const reopened = { status: 'received', refundAmount: null, refundId: null } as const;
      const after = changedReturn(settled, reopened, clock.now());
      tx.add(returnUpdate(after));
      tx.append(returnEvent('return.refund_failed', after));
    }
  });
}
