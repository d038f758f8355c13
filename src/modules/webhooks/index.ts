import { locateIn } from '#kernel/database/list.ts';
import type { SchemaSource } from '#kernel/database/migrations.ts';
import type { Module, ModuleKit } from '#kernel/module.ts';
import type { OutgoingHttp } from '#kernel/resilience/outgoing-http.ts';
import { callEndpoint } from './deliveries/attempt.ts';
import { createDeliveries, type Deliveries } from './deliveries/deliveries.service.ts';
import { Dispatcher } from './deliveries/dispatcher.ts';
import { createFailingMail, type FailingMailDependencies } from './deliveries/failing-mail.ts';
import { createRecorder, FAILING_MAIL_JOB } from './deliveries/outcome.ts';
import { createEndpoints, type Endpoints } from './endpoints/endpoints.service.ts';
import { secretContext } from './endpoints/secrets.ts';
import { contractFinder, type DeliveryContract, defaultContract } from './messages/delivery-contract.ts';
import { createMessageErasure, type MessageErasure } from './messages/erase-messages.ts';
import { createFanOut } from './messages/fan-out.ts';
import type { PublicEventMappers } from './messages/message.ts';
import { cleanUp, planRetention, RETENTION_JOB } from './retention.ts';

export type { DeliveryFilter } from './deliveries/deliveries.store.ts';
export * from './deliveries/delivery.ts';
export type { OutgoingMail } from './deliveries/failing-mail.ts';
export * from './endpoints/endpoint.ts';
export { DEFAULT_CONTRACT, type DeliveryContract, defaultContract } from './messages/delivery-contract.ts';
export * from './messages/event-types.ts';
export type { MessageBody, PublicEvent, PublicEventMappers } from './messages/message.ts';
export type { EventFilter } from './messages/messages.store.ts';

export type Webhooks = Endpoints & Deliveries & MessageErasure;

export const webhooksSchema: SchemaSource = {
  schema: 'webhooks',
  directory: new URL('./migrations/', import.meta.url),
  personalData: {
    'deliveries.attempts': {
      open: 'Answers of the organisation’s own server; at most 1 KB each, deleted after 30 days.',
    },
    'messages.body': { open: 'Public events, which carry ids and amounts only; deleted after 30 days.' },
  },
  sealed: {
    columns: (['secret', 'previous_secret'] as const).map((column) => ({
      table: 'endpoints',
      column,
      key: ['id'],
      owner: 'organization',
      context: ({ id }) => secretContext(id),
    })),
  },
};

export interface WebhooksDependencies extends FailingMailDependencies {
  /** By source module. */
  publicEvents: PublicEventMappers;
  /** Further ones, which endpoints name. */
  contracts?: readonly DeliveryContract[];
  http: Pick<OutgoingHttp, 'request' | 'checkTarget'>;
  /** Deliveries at the same time; setting `WEBHOOK_CONCURRENCY`. */
  concurrency?: number;
  /** Shorter in tests alone. */
  answerTimeoutMs?: number;
}

/** The module, and its dispatcher for tests that move the clock themselves. */
export interface WebhooksModule extends Module<Webhooks> {
  dispatcher: Dispatcher;
}

export function createWebhooks(kit: ModuleKit, dependencies: WebhooksDependencies): WebhooksModule {
  const { database, clock, log, sealing } = kit;
  const { publicEvents, contracts = [], http, concurrency = 50, answerTimeoutMs } = dependencies;
  const all = [defaultContract(publicEvents), ...contracts];
  const contractOf = contractFinder(all);
  const record = createRecorder(kit, contractOf);
  const dispatcher = new Dispatcher({
    database,
    clock,
    log,
    concurrency,
    async deliver(delivery) {
      await record(delivery, await callEndpoint({ clock, sealing, http, contractOf, answerTimeoutMs }, delivery));
    },
  });
  const wake = () => dispatcher.wake();
  const endpoints = createEndpoints(kit, http, contractOf, wake);
  const deliveries = createDeliveries(kit, endpoints, wake);
  return {
    service: { ...endpoints, ...deliveries, ...createMessageErasure(database) },
    dispatcher,
    consumers: [createFanOut(all, clock, wake)],
    jobs: {
      [FAILING_MAIL_JOB]: createFailingMail(endpoints, log, dependencies),
      [RETENTION_JOB]: async () => {
        await cleanUp(database, clock);
        await planRetention(database, clock);
      },
    },
    locate: { whk: locateIn(database, 'webhooks.endpoints'), dlv: locateIn(database, 'webhooks.deliveries') },
    releaseLeases: () => dispatcher.releaseLeases(),
    async start() {
      await planRetention(database, clock);
      dispatcher.start();
    },
    stop: () => dispatcher.stop(),
  };
}
