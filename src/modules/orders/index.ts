import { locateIn } from '#kernel/database/list.ts';
import type { SchemaSource } from '#kernel/database/migrations.ts';
import type { Module, ModuleKit } from '#kernel/module.ts';
import type { OrdersDependencies } from './dependencies.ts';
import { draftHoldsConsumer, HOLD_DRAFT_JOB, holdDraftJob } from './service/draft-holds.ts';
import { createOrderCommands } from './service/order-commands.ts';
import { createOrdersService, type Orders } from './service/orders.service.ts';
import { NOTE_PAYMENT_JOB, notePaymentJob, paymentNewsConsumer } from './service/payment-news.ts';

export type { ApprovalRule } from './approvals/approval-rule.ts';
export type { OrdersDependencies } from './dependencies.ts';
export { ORDER_EVENTS, type OrderPublicEvent, orderIn, publicEventsOf } from './events.ts';
export { IMPORT_STATUSES, type OrderImportOutcome, type OrderImportRow } from './import/import-rows.ts';
export {
  CAPTURE_MOMENTS,
  type CaptureMoment,
  ORDER_STATUSES,
  type Order,
  type OrderItem,
  type OrderPaymentStatus,
  type OrderStatus,
  PAYMENT_STATUSES as ORDER_PAYMENT_STATUSES,
} from './order.ts';
export { amountDue } from './order-total.ts';
export type { OrderFilter } from './orders.store.ts';
export { QUOTE_EVENTS, QUOTE_STATUSES, type SeenQuote } from './quotes/quote.ts';
export {
  type OrderReturn,
  PIECE_CONDITIONS,
  RETURN_EVENTS,
  RETURN_REASONS,
  RETURN_RESOLUTIONS,
  RETURN_STATUSES,
} from './returns/return.ts';
export type { NewOrder, OrderPatch } from './service/drafts.ts';
export type { NewOrderItem } from './service/item-checks.ts';
export type { OpenOrder, OpenOrders } from './service/open-orders.ts';
export type { OrderAddress, OrderWithDetails } from './service/order-details.ts';
export type { Orders } from './service/orders.service.ts';
export { owedFor } from './service/owed.ts';
export { calculationOf, type LineToPrice, type OrderPreview, type PricedLine } from './service/pricing.ts';
export {
  FULFILLMENT_STATUSES,
  type FulfillmentStatus,
  fulfillmentOf,
  type LineQuantity,
  type OrderShipment,
  type ShipmentRequest,
} from './shipments.ts';
export { currentOrder } from './stored-order.ts';

export const ordersSchema: SchemaSource = {
  schema: 'orders',
  directory: new URL('./migrations/', import.meta.url),
  personalData: {
    'orders.sealed_details': 'sealed',
    'orders.tax_total': { open: 'an amount of money, without a name beside it' },
    'quotes.tax_total': { open: 'an amount of money, without a name beside it' },
  },
};

export function createOrders(kit: ModuleKit, dependencies: OrdersDependencies): Module<Orders> {
  const commands = createOrderCommands(kit);
  const parts = { ...dependencies, commands, clock: kit.clock, kit };
  return {
    service: createOrdersService(kit, dependencies, commands),
    consumers: [paymentNewsConsumer(parts), draftHoldsConsumer(parts)],
    jobs: { [NOTE_PAYMENT_JOB]: notePaymentJob(parts), [HOLD_DRAFT_JOB]: holdDraftJob(parts) },
    locate: {
      ord: locateIn(kit.database, 'orders.orders'),
      rtn: locateIn(kit.database, 'orders.order_returns'),
      quo: locateIn(kit.database, 'orders.quotes'),
      arl: locateIn(kit.database, 'orders.approval_rules'),
    },
  };
}
