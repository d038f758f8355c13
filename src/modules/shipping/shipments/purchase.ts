import type { CommandContext } from '#kernel/context.ts';
import { DomainError, invalidField } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { ShippingQuoteId } from '../quotes/quote.ts';
import type { Quotes } from '../quotes/quotes.service.ts';
import type { shipmentMaker } from './create-shipment.ts';
import type { SealedShipment } from './sealed-shipment.ts';
import { holdsPieces, type Purchase, type Shipment } from './shipment.ts';

/** Buys what a quote offers (C-69); see `purchaseQuote` of the service. */
export function quotePurchaser(
  { writes, clock }: ModuleKit,
  quotes: Quotes,
  make: ReturnType<typeof shipmentMaker>,
): (context: CommandContext, quoteId: ShippingQuoteId, input: Purchase) => Promise<Shipment> {
  return (context, quoteId, input) =>
    writes.orStored(context, async () => {
      const { rates, expiresAt } = await quotes.getQuote(context.tenant, quoteId);
      if (Date.parse(expiresAt) <= clock.nowMs()) {
        const message = `The quote expired at ${expiresAt}; ask for a new one with POST /shipping/quotes.`;
        throw new DomainError('invalid_state', message);
      }
      if (!rates.some(({ carrier }) => carrier === input.carrier)) {
        const offered = rates.map(({ carrier }) => carrier).join(', ');
        throw invalidField('carrier', 'not_allowed', `The quote has prices of ${offered}; choose one of them.`);
      }
      const id = newId('shp', clock.nowMs());
      // Until a carrier gives numbers of its own, the shipment's id is one: letters and digits, and never used again.
      const trackingNumber = input.trackingNumber ?? id.slice('shp_'.length).toUpperCase();
      const shipment = { ...input, trackingNumber, quoteId, parcels: null };
      return make(context, shipment, { id, check: (packed) => requireUnbought(packed, quoteId) });
    });
}

/** Errors: `duplicate`. Whoever asks twice, also at once, buys once. */
function requireUnbought(packed: readonly SealedShipment[], quoteId: ShippingQuoteId): void {
  const bought = packed.find((shipment) => shipment.quoteId === quoteId && holdsPieces(shipment));
  if (!bought) return;
  const message = `This quote was taken for the shipment ${bought.id} of this order; for another parcel of it at the same price use POST /shipping with \`quote_id\`.`;
  throw new DomainError('duplicate', message);
}
