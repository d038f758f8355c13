import { HOUR_MS } from '#kernel/clock.ts';
import type { Id } from '#kernel/ids.ts';
import type { Carrier } from '../carrier.ts';

export type CarrierAccountId = Id<'cac'>;

/** How long the secret before a rotation is still taken, so that the carrier can be told in peace. */
export const ROTATION_OVERLAP_MS = 24 * HOUR_MS;

/** An account with a carrier whose news come in. */
export interface CarrierAccount {
  id: CarrierAccountId;
  version: number;
  carrier: Carrier;
  /** The merchant's own word for it. */
  label: string | null;
  previousSecretUntil: string | null;
  createdAt: string;
  updatedAt: string;
}

/** The only time that the secret is shown. */
export type CarrierAccountWithSecret = CarrierAccount & { secret: string };
