import { systemContext } from '#kernel/context.ts';
import { DomainError } from '#kernel/errors.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { type Carrier, trackingKey } from '../carrier.ts';
import { updateRecorder } from '../shipments/record-updates.ts';
import { shipmentsByTracking } from '../shipments/shipments.store.ts';
import type { CarrierAccountId } from './account.ts';
import { secretPlace } from './accounts.service.ts';
import { accountFindAnywhere, type SealedAccount } from './accounts.store.ts';
import { readCustom } from './mappers/custom.ts';
import { readDhl } from './mappers/dhl.ts';
import { readFedex } from './mappers/fedex.ts';
import type { CarrierMapper, ParcelNews } from './mappers/reading.ts';
import { readUps } from './mappers/ups.ts';
import { readUsps } from './mappers/usps.ts';
import { isSigned } from './signature.ts';

const MAPPERS: Readonly<Record<Carrier, CarrierMapper>> = {
  ups: readUps,
  fedex: readFedex,
  dhl: readDhl,
  usps: readUsps,
  custom: readCustom,
};

/** A message of a carrier as it came in; nothing of it is believed before its signature was checked. */
export interface CarrierMessage {
  carrier: Carrier;
  accountId: CarrierAccountId;
  signature: string | undefined;
  /** The body as it was sent. */
  body: string;
  requestId: string;
  traceparent: string;
}

/** News of carriers. Each method names the errors it may raise. */
export interface Inbound {
  /**
   * Takes a carrier's message in (G-38). What is about no shipment of ours is forgotten without a word. Errors:
   * `unauthenticated` (account, secret, signature or its time), `bad_request` (no JSON), `validation` (no news in it).
   */
  receiveNews(message: CarrierMessage): Promise<void>;
}

export function createInbound(kit: ModuleKit): Inbound {
  const { database, clock, sealing } = kit;
  const record = updateRecorder(kit);

  /** The secrets that are good now; for an account that is not there one that nobody knows, to take the same time. */
  function secretsOf(account: SealedAccount | null): string[] {
    if (!account) return ['nobody'];
    const { tenant, id, secret, previousSecret, previousSecretUntil } = account;
    const open = (sealed: Buffer) => sealing.openForOrganization(tenant.orgId, sealed, secretPlace(id));
    const isOverlap = previousSecret && Date.parse(previousSecretUntil ?? '') > clock.nowMs();
    return isOverlap ? [open(secret), open(previousSecret)] : [open(secret)];
  }

  return {
    async receiveNews({ carrier, accountId, signature, body, requestId, traceparent }) {
      const found = await accountFindAnywhere(database, accountId);
      const account = found?.carrier === carrier ? found : null;
      const isGenuine = isSigned(signature, body, { secrets: secretsOf(account), nowMs: clock.nowMs() });
      if (!account || !isGenuine) throw refusedSender();
      const context = systemContext(`carrier:${accountId}`, account.tenant, { requestId, traceparent });
      for (const news of byParcel(MAPPERS[carrier](parse(body)))) {
        const ids = await shipmentsByTracking(database, account.tenant, carrier, news[0]!.trackingNumber);
        for (const id of ids) await record(context, id, news);
      }
    },
  };
}

function byParcel(news: readonly ParcelNews[]): ParcelNews[][] {
  return [...Map.groupBy(news, ({ trackingNumber }) => trackingKey(trackingNumber)).values()];
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new DomainError('bad_request', 'The body is not valid JSON.', { cause: error });
  }
}

function refusedSender(): DomainError {
  return new DomainError(
    'unauthenticated',
    'No carrier account with a valid signature: send X-Signature: t=<Unix seconds>,mac=<hex HMAC-SHA256 of "t.body">, made within the last 5 minutes.',
  );
}
