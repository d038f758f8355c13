import { type Static, Type } from 'typebox';
import { currency, id, nonNegativeInteger, object, optional, patchOf, text } from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import type { ApprovalRule, Orders } from '#modules/orders/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { CurrencyCode, idView, orNull, Timestamp } from '../common/shapes.ts';
import { OrderView, orderView } from './order-views.ts';

const NewRule = object({
  currency: optional(currency({ description: 'Of `amount_over`.' })),
  amount_over: optional(nonNegativeInteger({ description: 'Orders with a grand total above this, minor units.' })),
  products_over: optional(nonNegativeInteger({ max: 100, description: 'Orders with more different products.' })),
});
const RulePatch = patchOf(NewRule);
const RuleId = object({ id: id('arl') });
const OrderId = object({ id: id('ord') });
const Rejection = object({ reason: optional(text({ max: 500, description: 'Why, for the history.' })) });
const RuleView = Type.Object(
  {
    id: idView('arl'),
    currency: orNull(CurrencyCode),
    amount_over: orNull(Type.Integer()),
    products_over: orNull(Type.Integer()),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'ApprovalRule' },
);

function ruleView(rule: ApprovalRule) {
  return {
    id: rule.id,
    currency: rule.currency,
    amount_over: rule.amountOver,
    products_over: rule.productsOver,
    created_at: rule.createdAt,
    updated_at: rule.updatedAt,
  };
}

function ruleInput(body: Static<typeof NewRule> | Static<typeof RulePatch>) {
  return { currency: body.currency, amountOver: body.amount_over, productsOver: body.products_over };
}

/** Approvals of orders, and the rules that ask for them (G-33). */
export function approvalOperations(orders: Orders, cursors: CursorCodec): Operation[] {
  return [...decisionOperations(orders), ...ruleReads(orders, cursors), ...ruleWrites(orders)];
}

function decisionOperations(orders: Orders): Operation[] {
  const access = { scope: 'orders:approve' };
  const errors = ['invalid_state', 'precondition_failed', 'resource_locked'] as const;
  const responses = { 200: { description: 'The draft with the decision.', schema: OrderView } };
  const approve = operation({
    id: 'orders.approve',
    method: 'POST',
    path: '/orders/:id/approve',
    summary: 'Approve a draft',
    description: 'Holds until the draft is changed. Whoever made or changed the draft is refused.',
    access,
    params: OrderId,
    responses,
    errors,
    async handle({ context, params }) {
      const order = await orders.approveOrder(context, params.id);
      return ok(orderView(order), order.version);
    },
  });
  const reject = operation({
    id: 'orders.reject',
    method: 'POST',
    path: '/orders/:id/reject',
    summary: 'Reject a draft',
    description: 'An order above an approval rule cannot be confirmed then until it is changed and approved.',
    access,
    params: OrderId,
    body: Rejection,
    responses,
    errors,
    async handle({ context, params, body }) {
      const order = await orders.rejectOrder(context, params.id, body.reason ?? null);
      return ok(orderView(order), order.version);
    },
  });
  return [approve, reject];
}

function ruleReads(orders: Orders, cursors: CursorCodec): Operation[] {
  const access = { scope: 'orders:read' };
  const list = operation({
    id: 'order_approval_rules.list',
    method: 'GET',
    path: '/order-approval-rules',
    summary: 'List approval rules',
    description: 'Which orders somebody else must approve before they are confirmed. Newest first.',
    access,
    query: object(pageQuery),
    responses: { 200: { description: 'A page of rules.', schema: pageOf(RuleView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('order_approval_rules.list', query);
      const page = await orders.listApprovalRules(tenant, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, ruleView);
    },
  });
  const get = operation({
    id: 'order_approval_rules.get',
    method: 'GET',
    path: '/order-approval-rules/:id',
    summary: 'Get an approval rule',
    description: 'One rule, with what an order must be above to need an approval.',
    access,
    params: RuleId,
    responses: { 200: { description: 'The rule.', schema: RuleView } },
    errors: [],
    async handle({ tenant, params }) {
      const rule = await orders.getApprovalRule(tenant, params.id);
      return ok(ruleView(rule), rule.version);
    },
  });
  return [list, get];
}

function ruleWrites(orders: Orders): Operation[] {
  const access = { scope: 'organizations:write' };
  const create = operation({
    id: 'order_approval_rules.create',
    method: 'POST',
    path: '/order-approval-rules',
    summary: 'Add an approval rule',
    description: 'Orders above it are confirmed only after `POST /orders/:id/approve` by somebody else. At most 50.',
    access,
    body: NewRule,
    responses: { 201: { description: 'The rule.', schema: RuleView } },
    errors: [],
    async handle({ context, body }) {
      const rule = await orders.createApprovalRule(context, ruleInput(body));
      return created(ruleView(rule), '/order-approval-rules', rule.version);
    },
  });
  const update = operation({
    id: 'order_approval_rules.update',
    method: 'PATCH',
    path: '/order-approval-rules/:id',
    summary: 'Change an approval rule',
    description: 'A merge patch. It counts from the next confirmation on.',
    access,
    params: RuleId,
    body: RulePatch,
    responses: { 200: { description: 'The rule.', schema: RuleView } },
    errors: ['precondition_failed', 'resource_locked'],
    async handle({ context, params, body }) {
      const rule = await orders.updateApprovalRule(context, params.id, ruleInput(body));
      return ok(ruleView(rule), rule.version);
    },
  });
  const remove = operation({
    id: 'order_approval_rules.delete',
    method: 'DELETE',
    path: '/order-approval-rules/:id',
    summary: 'Remove an approval rule',
    description: 'Orders above it need no approval any more.',
    access,
    params: RuleId,
    responses: { 204: { description: 'Removed.' } },
    errors: ['precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      await orders.deleteApprovalRule(context, params.id);
      return { status: 204 };
    },
  });
  return [create, update, remove];
}
