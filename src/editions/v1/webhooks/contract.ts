import type { DeliveryContract } from '#modules/webhooks/index.ts';

/**
 * How endpoints of this edition are told (C-87, C-88): it names no events and no schedule of its own, so they are the
 * standard ones. Endpoints are made through the current API with `edition: "v1"` (C-88.4).
 */
export function v1DeliveryContract(standard: DeliveryContract): DeliveryContract {
  return { ...standard, name: 'v1' };
}
