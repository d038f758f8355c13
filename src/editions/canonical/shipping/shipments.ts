import type { Static } from 'typebox';
import {
  calendarDate,
  country,
  currency,
  enumOf,
  id,
  listOf,
  metadata,
  money,
  object,
  optional,
  phone,
  positiveInteger,
  quantity,
  text,
} from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import {
  CARRIERS,
  CUSTOMS_CONTENTS,
  type NewShipment,
  type Purchase,
  SHIPMENT_STATUSES,
  type Shipping,
  type ShippingAddress,
} from '#modules/shipping/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { NewParcels, parcelInput } from './shapes.ts';
import { ShipmentView, shipmentView, TrackedShipmentView, trackedShipmentView } from './shipment-views.ts';

const NewAddress = object({
  name: text({ max: 100, example: 'Ada Lovelace' }),
  company: optional(text({ max: 100 })),
  line1: text({ max: 100, example: '123 Main Street' }),
  line2: optional(text({ max: 100 })),
  city: text({ max: 100, example: 'Paris' }),
  state: optional(text({ max: 100 })),
  postal_code: optional(text({ max: 32, example: '75001' })),
  country: country(),
  phone: optional(phone()),
});
const NewCustoms = object({
  contents: optional(enumOf(CUSTOMS_CONTENTS, { description: 'A sale unless given.' })),
  currency: optional(currency({ description: "Of every value in the declaration; the order's unless given." })),
  items: optional(
    listOf(
      object({
        line: optional(
          positiveInteger({
            max: 100,
            description: 'The line of the order that this is about: what is left out comes from its product and price.',
          }),
        ),
        description: optional(text({ max: 100, example: 'Steel bolts' })),
        hs_code: optional(
          text({ max: 16, description: '6 to 10 digits; dots and blanks are left out.', example: '7318.15' }),
        ),
        quantity: optional(quantity()),
        unit_value: optional(money()),
        origin_country: optional(country({ description: 'Where it was made.' })),
      }),
      { min: 1, description: 'Every line of goods in the shipment unless given.' },
    ),
  ),
});
const TRACKING = '^[A-Za-z0-9][A-Za-z0-9 ._/-]{2,39}$';
const trackingNumber = text({
  max: 40,
  pattern: TRACKING,
  patternMessage: 'Send 3 to 40 letters, digits, blanks, dots, hyphens and slashes.',
  example: '1Z999AA10123456784',
});
const line = object({
  line: positiveInteger({ max: 100, description: 'The line of the order, 1 for its first item.' }),
  quantity: quantity(),
});
/** What is packed and for whom, however its number and its price are found. */
const packing = {
  order_id: id('ord'),
  carrier: enumOf(CARRIERS),
  tracking_url_template: optional(
    text({
      max: 500,
      description: 'For the carrier custom, which needs one: an https URL with {tracking_number} in it.',
      example: 'https://carrier.example/track/{tracking_number}',
    }),
  ),
  items: optional(
    listOf(line, { min: 1, description: 'Lines of the order and how many of each; everything left when absent.' }),
  ),
  warehouse_id: optional(id('whs', { description: 'Where it leaves from.' })),
  to: optional(NewAddress),
  customs: optional(NewCustoms),
  metadata: optional(metadata()),
};
const NewShipmentBody = object({
  ...packing,
  tracking_number: trackingNumber,
  estimated_delivery: calendarDate(),
  from: optional(NewAddress),
  parcels: optional(NewParcels),
  quote_id: optional(id('shq', { description: 'Takes the price of this carrier from a quote that still holds.' })),
});
const NewPurchase = object({
  ...packing,
  tracking_number: optional(trackingNumber),
  estimated_delivery: optional(calendarDate()),
  from: NewAddress,
});
const ShipmentId = object({ id: id('shp') });
const ShipmentQuery = object({
  ...pageQuery,
  order_id: optional(id('ord')),
  customer_id: optional(id('cus')),
  carrier: optional(enumOf(CARRIERS)),
  status: optional(enumOf(SHIPMENT_STATUSES)),
  tracking_number: optional(text({ max: 40, description: 'Compared without case, blanks and hyphens.' })),
});

function addressInput(body: Static<typeof NewAddress> | undefined): ShippingAddress | null {
  if (!body) return null;
  const { name, company, line1, line2, city, state, postal_code, phone: number } = body;
  return {
    name,
    company: company ?? null,
    line1,
    line2: line2 ?? null,
    city,
    state: state ?? null,
    postalCode: postal_code ?? null,
    country: body.country,
    phone: number ?? null,
  };
}

function customsInput(body: Static<typeof NewCustoms> | undefined): NewShipment['customs'] {
  if (!body) return null;
  const items = body.items?.map(({ hs_code, unit_value, origin_country, ...item }) => ({
    ...item,
    hsCode: hs_code,
    unitValue: unit_value,
    originCountry: origin_country,
  }));
  return { ...body, items };
}

function shipmentInput(body: Static<typeof NewShipmentBody>): NewShipment {
  return {
    ...packingInput(body),
    trackingNumber: numberFor(body.carrier, body.tracking_number),
    estimatedDelivery: body.estimated_delivery,
    from: addressInput(body.from),
    parcels: body.parcels?.map(parcelInput),
    quoteId: body.quote_id,
  };
}

function purchaseInput(body: Static<typeof NewPurchase>): Purchase {
  return {
    ...packingInput(body),
    trackingNumber: body.tracking_number && numberFor(body.carrier, body.tracking_number),
    estimatedDelivery: body.estimated_delivery ?? null,
    from: addressInput(body.from)!,
  };
}

function packingInput(body: Static<typeof NewShipmentBody> | Static<typeof NewPurchase>) {
  return {
    orderId: body.order_id,
    carrier: body.carrier,
    trackingUrlTemplate: body.tracking_url_template,
    items: body.items,
    warehouseId: body.warehouse_id,
    to: addressInput(body.to),
    customs: customsInput(body.customs),
    metadata: body.metadata,
  };
}

/** People copy numbers in groups; the carriers' own pages want them in one piece. */
function numberFor(carrier: NewShipment['carrier'], number: string): string {
  return carrier === 'custom' ? number : number.replaceAll(' ', '').toUpperCase();
}

/** /shipping: shipments. */
export function shipmentOperations(shipping: Shipping, cursors: CursorCodec): Operation[] {
  const create = operation({
    id: 'shipping.create',
    method: 'POST',
    path: '/shipping',
    summary: 'Ship an order or a part of it',
    description:
      'Makes a shipment of an order in processing, of everything that has not left yet or of some lines. The order becomes shipped when the carrier has it, and delivered when all its shipments are. Goods that cross a customs border need `customs`, which is made of the products when they have HS code and origin; between members of the EU customs union there is none. `parcels` is one box when absent, made of the weights and dimensions of the products, when all have them. `to` is the shipping address of the customer when absent.',
    access: { scope: 'shipping:write' },
    body: NewShipmentBody,
    responses: { 201: { description: 'The shipment, created.', schema: ShipmentView } },
    errors: ['invalid_state', 'duplicate', 'resource_locked'],
    async handle({ context, body }) {
      const shipment = await shipping.createShipment(context, shipmentInput(body));
      return created(shipmentView(shipment), '/shipping', shipment.version);
    },
  });

  const list = operation({
    id: 'shipping.list',
    method: 'GET',
    path: '/shipping',
    summary: 'List shipments',
    description: 'The shipments of your organisation, newest first.',
    access: { scope: 'shipping:read' },
    query: ShipmentQuery,
    responses: { 200: { description: 'A page of shipments.', schema: pageOf(ShipmentView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('shipping.list', query);
      const { order_id: orderId, customer_id: customerId, carrier, status, tracking_number } = query;
      const filter = { orderId, customerId, carrier, status, trackingNumber: tracking_number };
      const page = await shipping.listShipments(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, shipmentView);
    },
  });

  const get = operation({
    id: 'shipping.get',
    method: 'GET',
    path: '/shipping/:id',
    summary: 'Get a shipment',
    description: 'One shipment of your organisation, with everything its carrier told.',
    access: { scope: 'shipping:read' },
    params: ShipmentId,
    responses: { 200: { description: 'The shipment.', schema: TrackedShipmentView } },
    errors: [],
    async handle({ tenant, params }) {
      const shipment = await shipping.getShipment(tenant, params.id);
      return ok(trackedShipmentView(shipment), shipment.version);
    },
  });

  return [create, purchaseOperation(shipping), list, get, unpackOperation(shipping)];
}

function purchaseOperation(shipping: Shipping): Operation {
  return operation({
    id: 'shipping_quotes.purchase',
    method: 'POST',
    path: '/shipping/quotes/:id/purchase',
    summary: 'Buy what a quote offers',
    description:
      'Makes the shipment of an order with the price and the parcels of a quote that still holds, for the carrier that is chosen, and with a tracking number. `POST /shipping/:id/label` prints its label. A quote is bought once for an order.',
    access: { scope: 'shipping:write' },
    params: object({ id: id('shq') }),
    body: NewPurchase,
    responses: { 201: { description: 'The shipment, created.', schema: ShipmentView } },
    errors: ['invalid_state', 'duplicate', 'resource_locked'],
    async handle({ context, params, body }) {
      const shipment = await shipping.purchaseQuote(context, params.id, purchaseInput(body));
      return created(shipmentView(shipment), '/shipping', shipment.version);
    },
  });
}

function unpackOperation(shipping: Shipping): Operation {
  return operation({
    id: 'shipping.unpack',
    method: 'POST',
    path: '/shipping/:id/unpack',
    summary: 'Take a shipment apart that has not left',
    description:
      'For a parcel that was packed by mistake: its status becomes failed, and its pieces and its tracking number can be used again. Its customer is not told.',
    access: { scope: 'shipping:write' },
    params: ShipmentId,
    responses: { 200: { description: 'The shipment, given up.', schema: TrackedShipmentView } },
    errors: ['invalid_state', 'precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      const shipment = await shipping.unpackShipment(context, params.id);
      return ok(trackedShipmentView(shipment), shipment.version);
    },
  });
}
