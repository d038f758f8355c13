import { ANSWER_TIMEOUT_MS, RETRY_DELAYS_MS } from '../deliveries/delivery.ts';
import { EVENT_TYPES } from './event-types.ts';
import type { PublicEventMappers } from './message.ts';

/** What an edition of the API promises to those who listen (C-87, C-88): its events, their shape, and how they are sent. */
export interface DeliveryContract {
  /** Kept with each endpoint and message. */
  name: string;
  /** What its endpoints can subscribe to. */
  eventTypes: readonly string[];
  publicEvents: PublicEventMappers;
  /** Pauses after the first, second … failure; one attempt more than there are pauses. */
  retryDelaysMs: readonly number[];
  answerTimeoutMs: number;
  /** Bears `sha256=<hex>` over the body, beside the headers of Standard Webhooks (C-88.3). */
  bodySignatureHeader: string;
  /** Whether an endpoint to which a delivery was given up is called failing and its owner told (C-88.2). */
  marksFailing: boolean;
}

/** The contract of endpoints that name none; its messages are what `GET /events` lists. */
export const DEFAULT_CONTRACT = 'canonical';

export function defaultContract(publicEvents: PublicEventMappers): DeliveryContract {
  return {
    name: DEFAULT_CONTRACT,
    eventTypes: EVENT_TYPES,
    publicEvents,
    retryDelaysMs: RETRY_DELAYS_MS,
    answerTimeoutMs: ANSWER_TIMEOUT_MS,
    bodySignatureHeader: 'x-webhook-signature',
    marksFailing: true,
  };
}

/** Finds a contract by the name that an endpoint bears. */
export type ContractOf = (name: string) => DeliveryContract;

export function contractFinder(contracts: readonly DeliveryContract[]): ContractOf {
  const byName = new Map(contracts.map((contract) => [contract.name, contract]));
  return (name) => {
    const found = byName.get(name);
    if (!found) throw new Error(`Endpoints of the contract ${name} exist, but nobody declares it`);
    return found;
  };
}
