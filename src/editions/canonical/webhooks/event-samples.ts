import type { Json } from '#kernel/events/event.ts';
import type { ALL_EVENT_TYPES, MessageBody } from '#modules/webhooks/index.ts';

const AT = '2026-01-15T00:00:00.000Z';
const LATER = '2026-01-17T09:30:00.000Z';

const ORDER = {
  id: 'ord_01m85bzpp3e00a29fhn388ttwp',
  customer_id: 'cus_01m85bzpp3e00a29fhn388ttwq',
  status: 'draft',
  payment_status: 'unpaid',
  payment_id: null as string | null,
  payment_method_id: 'pmt_01m85bzpp3e00a29fhn388ttwr',
  capture_on: 'confirmation',
  items: [
    {
      id: 'itm_01m85bzpp3e00a29fhn388ttws',
      line: 1,
      product_id: 'prd_01m85bzpp3e00a29fhn388ttwt',
      quantity: 2,
      unit_price: 2499,
      amount: 4998,
      shipped_quantity: 0,
      returned_quantity: 0,
      canceled_quantity: 0,
    },
  ],
  total: 4998,
  discount_total: 0,
  tax_total: 420,
  shipping_total: 900,
  grand_total: 6318,
  currency: 'USD',
  po_number: null,
  external_id: null,
  fulfillment_status: 'unfulfilled',
  shipments: [] as Json[],
  approval: null,
  shipment: null as Json,
  rest_canceled: null,
  cancel_reason: null,
  metadata: {},
  confirmed_at: null as string | null,
  shipped_at: null as string | null,
  delivered_at: null as string | null,
  canceled_at: null,
  created_at: AT,
  updated_at: AT,
};
const CONFIRMED = {
  ...ORDER,
  status: 'confirmed',
  payment_status: 'authorized',
  payment_id: 'pay_01m85bzpp3e00a29fhn388ttwv',
  confirmed_at: AT,
};
const DELIVERED = {
  ...CONFIRMED,
  status: 'delivered',
  payment_status: 'paid',
  items: ORDER.items.map((item) => ({ ...item, shipped_quantity: 2 })),
  fulfillment_status: 'fulfilled',
  shipments: [
    {
      reference: 'ord_01m85bzpp3e00a29fhn388ttwp-1',
      carrier: 'ups',
      tracking_number: '1Z999AA10123456784',
      items: [{ line: 1, quantity: 2 }],
      shipped_at: AT,
      delivered_at: LATER,
    },
  ],
  shipment: { carrier: 'ups', tracking_number: '1Z999AA10123456784' },
  shipped_at: AT,
  delivered_at: LATER,
  updated_at: LATER,
};
const PAYMENT = {
  id: 'pay_01m85bzpp3e00a29fhn388ttwv',
  transaction_id: 'txn_01m85bzpp3e00a29fhn388ttww',
  status: 'succeeded',
  amount: 4998,
  currency: 'USD',
  captured_amount: 4998,
  refunded_amount: 0,
  disputed_amount: 0,
  fee_amount: 175,
  dispute_fee_amount: 0,
  net_amount: 4823,
  capture_method: 'manual',
  method_type: 'card',
  method_id: ORDER.payment_method_id,
  customer_id: ORDER.customer_id,
  order_id: ORDER.id,
  description: 'Order ord_01m85bzpp3e00a29fhn388ttwp',
  failure: null as Json,
  next_action: null,
  return_url: null,
  settles_at: null,
  refunds: [],
  disputes: [],
  metadata: {},
  created_at: AT,
  updated_at: AT,
};

const LEVEL = {
  id: 'lvl_01m85bzpp3e00a29fhn388ttx0',
  product_id: 'prd_01m85bzpp3e00a29fhn388ttwt',
  warehouse_id: 'whs_01m85bzpp3e00a29fhn388ttx1',
  available: 4,
  reserved: 6,
  damaged: 0,
  reorder_point: 5,
  created_at: AT,
  updated_at: AT,
};

const SHIPMENT = {
  id: 'shp_01m85bzpp3e00a29fhn388ttx0',
  order_id: ORDER.id,
  customer_id: ORDER.customer_id,
  status: 'created',
  carrier: 'ups',
  tracking_number: '1Z999AA10123456784',
  tracking_url: 'https://www.ups.com/track?tracknum=1Z999AA10123456784',
  estimated_delivery: LATER,
  warehouse_id: null,
  items: [{ line: 1, quantity: 2 }],
  parcels: [{ weight_grams: 1200, length_mm: 300, width_mm: 200, height_mm: 100 }],
  customs: null,
  quote_id: null,
  cost: null,
  order_step: 'none',
  order_refusal: null,
  metadata: {},
  left_at: null as string | null,
  delivered_at: null as string | null,
  created_at: AT,
  updated_at: AT,
};

const REFUND = {
  id: 'ref_01m85bzpp3e00a29fhn388ttx3',
  payment_id: PAYMENT.id,
  customer_id: PAYMENT.customer_id,
  order_id: PAYMENT.order_id,
  amount: 2499,
  currency: 'USD',
  reason: 'Return rtn_01m85bzpp3e00a29fhn388ttx5',
  lines: [],
  status: 'succeeded',
  failure: null as Json,
  created_at: AT,
  updated_at: AT,
};
const FAILED_REFUND = {
  ...REFUND,
  status: 'failed',
  failure: { code: 'refund_declined', message: 'The issuer did not accept the refund.' },
};
const DISPUTE = {
  id: 'dsp_01m85bzpp3e00a29fhn388ttx4',
  payment_id: PAYMENT.id,
  customer_id: PAYMENT.customer_id,
  order_id: PAYMENT.order_id,
  amount: 4998,
  currency: 'USD',
  fee_amount: 1500,
  reason: 'fraudulent',
  status: 'needs_response',
  evidence_due_at: LATER,
  evidence_submitted_at: null as string | null,
  opened_at: AT,
  updated_at: AT,
};
const RETURN = {
  id: 'rtn_01m85bzpp3e00a29fhn388ttx5',
  order_id: ORDER.id,
  customer_id: ORDER.customer_id,
  status: 'requested',
  reason: 'defective',
  resolution: 'refund',
  items: [{ line: 1, quantity: 1, product_id: LEVEL.product_id, unit_price: 2499 }],
  received: [] as Json[],
  refund_amount: null as number | null,
  refund_id: null as string | null,
  replacement_order_id: null as string | null,
  created_at: AT,
  updated_at: AT,
};
const RECEIVED = {
  ...RETURN,
  status: 'received',
  received: [{ line: 1, quantity: 1, condition: 'restock' }],
};
const QUOTE = {
  id: 'quo_01m85bzpp3e00a29fhn388ttx6',
  customer_id: ORDER.customer_id,
  status: 'draft',
  items: [
    {
      line: 1,
      product_id: LEVEL.product_id,
      quantity: 2,
      unit_price: 2499,
      amount: 4998,
      source: 'list',
      price_id: 'pri_01m85bzpp3e00a29fhn388ttx8',
      calculation: '2 × 24.99 USD = 49.98 USD',
    },
  ],
  total: 4998,
  discount_total: 0,
  tax_total: 420,
  shipping_total: 900,
  grand_total: 6318,
  currency: 'USD',
  po_number: null,
  valid_until: LATER,
  order_id: null as string | null,
  metadata: {},
  sent_at: null as string | null,
  accepted_at: null as string | null,
  declined_at: null as string | null,
  created_at: AT,
  updated_at: AT,
};
const SENT = { ...QUOTE, status: 'sent', sent_at: AT };

/** What each event looks like. A test holds these against events as they are sent. */
export const EVENT_SAMPLES: Readonly<Record<(typeof ALL_EVENT_TYPES)[number], MessageBody>> = {
  'order.created': sample('order.created', ORDER.id, 1, {
    order: ORDER,
    change: 'order.created',
    changed: Object.keys(ORDER),
    previous_status: null,
  }),
  'order.updated': sample('order.updated', ORDER.id, 2, {
    order: CONFIRMED,
    change: 'order.confirmed',
    changed: ['status', 'payment_status', 'payment_id', 'confirmed_at'],
    previous_status: 'draft',
  }),
  'order.completed': sample('order.completed', ORDER.id, 6, {
    order: DELIVERED,
    change: 'order.delivered',
    changed: ['status', 'delivered_at'],
    previous_status: 'shipped',
  }),
  'payment.succeeded': sample('payment.succeeded', PAYMENT.id, 2, { payment: PAYMENT }),
  'payment.failed': sample('payment.failed', PAYMENT.id, 2, {
    payment: {
      ...PAYMENT,
      status: 'failed',
      captured_amount: 0,
      fee_amount: 0,
      net_amount: 0,
      failure: { code: 'card_declined', message: 'The card was declined.' },
    },
  }),
  'invoice.paid': sample('invoice.paid', 'INV-2026-0001', 3, {
    invoice: { id: 'INV-2026-0001', status: 'paid', currency: 'USD', total: 4998 },
  }),
  'product.low_stock': sample('product.low_stock', LEVEL.id, 7, { product_id: LEVEL.product_id, level: LEVEL }),
  'product.out_of_stock': sample('product.out_of_stock', 'mov_01m85bzpp3e00a29fhn388ttx2', 1, {
    product_id: LEVEL.product_id,
    warehouse_id: LEVEL.warehouse_id,
  }),
  'shipment.created': sample('shipment.created', SHIPMENT.id, 1, {
    shipment: SHIPMENT,
    changed: [],
    previous_status: 'created',
  }),
  'shipment.updated': sample('shipment.updated', SHIPMENT.id, 2, {
    shipment: { ...SHIPMENT, status: 'picked_up', left_at: AT },
    changed: ['left_at', 'status', 'updates'],
    previous_status: 'created',
  }),
  'refund.succeeded': sample('refund.succeeded', PAYMENT.id, 4, {
    payment: { ...PAYMENT, refunded_amount: REFUND.amount, net_amount: 2324, refunds: [REFUND] },
    refund: REFUND,
  }),
  'refund.failed': sample('refund.failed', PAYMENT.id, 4, {
    payment: { ...PAYMENT, refunds: [FAILED_REFUND] },
    refund: FAILED_REFUND,
  }),
  'dispute.opened': disputed('dispute.opened', 3, DISPUTE),
  'dispute.answered': disputed('dispute.answered', 4, {
    ...DISPUTE,
    status: 'under_review',
    evidence_submitted_at: AT,
  }),
  'dispute.won': disputed('dispute.won', 5, { ...DISPUTE, status: 'won', evidence_submitted_at: AT }),
  'dispute.lost': disputed('dispute.lost', 4, { ...DISPUTE, status: 'lost' }),
  'return.requested': sample('return.requested', RETURN.id, 1, { return: RETURN }),
  'return.approved': sample('return.approved', RETURN.id, 2, { return: { ...RETURN, status: 'approved' } }),
  'return.rejected': sample('return.rejected', RETURN.id, 2, { return: { ...RETURN, status: 'rejected' } }),
  'return.received': sample('return.received', RETURN.id, 3, { return: RECEIVED }),
  'return.refunded': sample('return.refunded', RETURN.id, 4, {
    return: { ...RECEIVED, status: 'refunded', refund_amount: 2499, refund_id: REFUND.id },
  }),
  'return.exchanged': sample('return.exchanged', RETURN.id, 4, {
    return: {
      ...RECEIVED,
      status: 'exchanged',
      resolution: 'exchange',
      refund_amount: 2499,
      refund_id: REFUND.id,
      replacement_order_id: 'ord_01m85bzpp3e00a29fhn388ttx7',
    },
  }),
  'return.refund_failed': sample('return.refund_failed', RETURN.id, 5, { return: RECEIVED }),
  'quote.created': sample('quote.created', QUOTE.id, 1, { quote: QUOTE }),
  'quote.updated': sample('quote.updated', QUOTE.id, 2, { quote: QUOTE }),
  'quote.sent': sample('quote.sent', QUOTE.id, 3, { quote: SENT }),
  'quote.accepted': sample('quote.accepted', QUOTE.id, 4, {
    quote: { ...SENT, status: 'accepted', accepted_at: AT, order_id: ORDER.id },
  }),
  'quote.declined': sample('quote.declined', QUOTE.id, 4, {
    quote: { ...SENT, status: 'declined', declined_at: AT },
  }),
  'webhook.test': sample('webhook.test', 'dlv_01m85bzpp3e00a29fhn388ttwx', 1, {
    webhook_id: 'whk_01m85bzpp3e00a29fhn388ttwy',
    message: 'This is a test. Your endpoint works when it answers 2xx.',
  }),
};

function disputed(type: string, sequence: number, dispute: typeof DISPUTE): MessageBody {
  const held = dispute.status === 'won' ? 0 : dispute.amount;
  const payment = { ...PAYMENT, disputed_amount: held, dispute_fee_amount: 1500, net_amount: 3323 - held };
  return sample(type, PAYMENT.id, sequence, { payment: { ...payment, disputes: [dispute] }, dispute });
}

function sample(type: string, objectId: string, sequence: number, data: Json): MessageBody {
  return {
    id: 'evt_01m85bzpp3e00a29fhn388ttwz',
    type,
    created_at: sequence === 6 ? LATER : AT,
    object_id: objectId,
    sequence,
    livemode: true,
    data,
  };
}
