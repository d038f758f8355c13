import type { Operation } from '#kernel/http/operation.ts';
import type { Shipping } from '#modules/shipping/index.ts';
import type { CursorCodec } from '../common/pages.ts';
import { carrierAccountOperations } from './carrier-accounts.ts';
import { inboundOperations } from './inbound.ts';
import { labelOperations } from './labels.ts';
import { quoteOperations } from './quotes.ts';
import { rateTableOperations } from './rate-tables.ts';
import { shipmentOperations } from './shipments.ts';

/** Everything below /shipping, and what carriers send in. The paths with fixed words stand before /shipping/:id. */
export function shippingOperations(shipping: Shipping, cursors: CursorCodec): Operation[] {
  return [
    ...quoteOperations(shipping),
    ...rateTableOperations(shipping, cursors),
    ...carrierAccountOperations(shipping, cursors),
    ...shipmentOperations(shipping, cursors),
    ...labelOperations(shipping),
    ...inboundOperations(shipping),
  ];
}
