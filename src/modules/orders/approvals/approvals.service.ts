import { type Actor, type CommandContext, responsibleFor } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { DomainError, invalidField, notFound } from '#kernel/errors.ts';
import { newId, type OrderId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Order } from '../order.ts';
import { quoteAuthorsOf } from '../quotes/quotes.store.ts';
import type { OrderCommands } from '../service/order-commands.ts';
import { type ApprovalRule, type ApprovalRuleId, type NewApprovalRule, ruleEvent } from './approval-rule.ts';
import * as store from './approval-rules.store.ts';

/** More would only cost at each confirmation. */
const MOST_RULES = 50;

/** The rules of an organisation: which orders somebody else must approve before they are confirmed (G-33). */
export interface ApprovalRules {
  /** Errors: `validation` (neither amount nor products, an amount without a currency, more than 50 rules). */
  createApprovalRule(context: CommandContext, input: NewApprovalRule): Promise<ApprovalRule>;
  /** Errors: `not_found`. */
  getApprovalRule(scope: Scope, id: ApprovalRuleId): Promise<ApprovalRule>;
  listApprovalRules(scope: Scope, page: PageRequest): Promise<Page<ApprovalRule>>;
  /** Errors: `not_found`, `validation`, `precondition_failed`, `resource_locked`. */
  updateApprovalRule(context: CommandContext, id: ApprovalRuleId, patch: NewApprovalRule): Promise<ApprovalRule>;
  /** Errors: `not_found`, `precondition_failed`, `resource_locked`. */
  deleteApprovalRule(context: CommandContext, id: ApprovalRuleId): Promise<void>;
}

export function createApprovalRules({ database, writes, clock }: ModuleKit): ApprovalRules {
  async function getApprovalRule(scope: Scope, id: ApprovalRuleId): Promise<ApprovalRule> {
    const rule = await store.ruleFind(database, scope, id);
    if (!rule) throw notFound('approval rule', id);
    return rule;
  }

  async function current(context: CommandContext, id: ApprovalRuleId): Promise<ApprovalRule> {
    const rule = await getApprovalRule(context.tenant, id);
    expectVersion(context, 'approval rule', rule.version);
    return rule;
  }

  return {
    getApprovalRule,
    listApprovalRules: (scope, page) => store.rulesList(database, scope, page),
    createApprovalRule: (context, input) =>
      writes.orStored(context, async () => {
        if ((await store.rulesCount(database, context.tenant)) >= MOST_RULES) {
          throw invalidField('amount_over', 'too_many', `At most ${MOST_RULES} approval rules; change one of them.`);
        }
        const createdAt = clock.now().toISOString();
        const id = newId('arl', clock.nowMs());
        const { currency = null, amountOver = null, productsOver = null } = input;
        const rule = sound({ id, version: 1, currency, amountOver, productsOver, createdAt, updatedAt: createdAt });
        const events = [ruleEvent('approval_rule.created', rule)];
        return writes.store(context, { statements: [store.ruleInsert(context.tenant, rule)], events, result: rule });
      }),
    updateApprovalRule: (context, id, patch) =>
      writes.orStored(context, async () => {
        const before = await current(context, id);
        const given = Object.entries(patch).filter(([, value]) => value !== undefined);
        const updatedAt = clock.now().toISOString();
        const rule = sound({ ...before, ...Object.fromEntries(given), version: before.version + 1, updatedAt });
        const events = [ruleEvent('approval_rule.updated', rule)];
        return writes.store(context, { statements: [store.ruleUpdate(rule)], events, result: rule });
      }),
    deleteApprovalRule: (context, id) =>
      writes.orStored(context, async () => {
        const rule = await current(context, id);
        const events = [ruleEvent('approval_rule.deleted', { ...rule, version: rule.version + 1 })];
        await writes.store(context, { statements: [store.ruleDelete(rule)], events, result: null });
      }),
  };
}

function sound(rule: ApprovalRule): ApprovalRule {
  const { currency, amountOver, productsOver } = rule;
  if (amountOver === null && productsOver === null) {
    throw invalidField(
      'amount_over',
      'required',
      'A rule is about amount_over with a currency, products_over, or both.',
    );
  }
  if (amountOver !== null && currency === null) {
    throw invalidField('currency', 'required', 'Name the currency of amount_over.');
  }
  return amountOver === null ? { ...rule, currency: null } : rule;
}

/** Decisions about a draft by somebody who neither made nor changed it. */
export interface Approvals {
  /** Holds until the draft is changed. Errors: `invalid_state` (not a draft), `forbidden` (made or changed by the caller). */
  approveOrder(context: CommandContext, id: OrderId): Promise<Order>;
  /** It cannot be confirmed until it is changed and approved. Errors: as `approveOrder`. */
  rejectOrder(context: CommandContext, id: OrderId, reason: string | null): Promise<Order>;
}

export function createApprovals({ writes, clock }: ModuleKit, commands: OrderCommands): Approvals {
  function decided(context: CommandContext, id: OrderId, decision: 'approved' | 'rejected', reason: string | null) {
    const by = responsibleFor(context.actor);
    return writes.orStored(context, () =>
      commands.changeAlone(context, id, async (_order, tx, events) => {
        const authors = events.filter(({ type }) => type === 'order.created' || type === 'order.changed');
        const actors = authors.map(({ metadata }) => metadata.actor);
        // Who priced the quote that the order came of has made the order as much as who accepted it.
        const quoted = await tx.query(quoteAuthorsOf(id));
        if ([...actors, ...quoted.map((row) => row.actor as Actor)].some((actor) => responsibleFor(actor) === by)) {
          const message = 'An order is approved or rejected by somebody else than who made or changed it.';
          throw new DomainError('forbidden', message);
        }
        return { type: 'decide-approval', decision, by, reason, at: clock.now().toISOString() };
      }),
    );
  }

  return {
    approveOrder: (context, id) => decided(context, id, 'approved', null),
    rejectOrder: (context, id, reason) => decided(context, id, 'rejected', reason),
  };
}
