import { DomainError } from '#kernel/errors.ts';
import type { NewEvent } from '#kernel/events/event.ts';
import type { Id } from '#kernel/ids.ts';
import { type Currency, formatMoney } from '#kernel/money.ts';
import type { Order } from '../order.ts';
import { amountDue, type OrderAmounts } from '../order-total.ts';

export type ApprovalRuleId = Id<'arl'>;

/** Orders above `amountOver` of `currency`, or with more than `productsOver` different products, need an approval. */
export interface ApprovalRule {
  id: ApprovalRuleId;
  version: number;
  currency: Currency | null;
  /** Minor units of `currency`, compared with the grand total; null when the rule is about products only. */
  amountOver: number | null;
  productsOver: number | null;
  createdAt: string;
  updatedAt: string;
}

export type NewApprovalRule = Partial<Pick<ApprovalRule, 'currency' | 'amountOver' | 'productsOver'>>;

/** What a rule looks at. */
export type Approvable = OrderAmounts & Pick<Order, 'currency'> & { items: readonly { productId: string }[] };

/** The first rule that this order is above, or null. */
export function ruleFor(order: Approvable, rules: readonly ApprovalRule[]): ApprovalRule | null {
  const due = amountDue(order);
  const products = new Set(order.items.map(({ productId }) => productId)).size;
  const isAbove = ({ currency, amountOver, productsOver }: ApprovalRule) =>
    (amountOver !== null && currency === order.currency && due > amountOver) ||
    (productsOver !== null && products > productsOver);
  return rules.find(isAbove) ?? null;
}

/** Errors: `invalid_state` while an order above a rule has no approval, or was rejected (G-33). */
export function requireApproved(order: Order, rules: readonly ApprovalRule[]): void {
  const { approval } = order;
  if (approval?.decision === 'approved') return;
  const rule = ruleFor(order, rules);
  if (!rule) return;
  const message =
    approval === null
      ? `The order is above the approval rule "${wordsOf(rule)}": somebody else must approve it with POST /orders/${order.id}/approve before it is confirmed.`
      : `The order was rejected${approval.reason ? ` (${approval.reason})` : ''}; change it and ask for an approval again.`;
  const code = approval === null ? 'approval_required' : 'approval_rejected';
  throw new DomainError('invalid_state', message, { details: [{ field: 'approval', code, message }] });
}

function wordsOf({ currency, amountOver, productsOver }: ApprovalRule): string {
  const parts: string[] = [];
  if (amountOver !== null) parts.push(`more than ${formatMoney({ amount: amountOver, currency: currency! })}`);
  if (productsOver !== null) parts.push(`more than ${productsOver} products`);
  return parts.join(' or ');
}

export type ApprovalRuleEventType = 'approval_rule.created' | 'approval_rule.updated' | 'approval_rule.deleted';

export function ruleEvent(type: ApprovalRuleEventType, rule: ApprovalRule): NewEvent {
  return { type, streamId: rule.id, streamVersion: rule.version, data: { approval_rule: { ...rule } } };
}
