import { mkdtempSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { Json, StoredEvent } from '#kernel/events/event.ts';
import { PostgresBus } from '#kernel/events/postgres-bus.ts';
import { createRelayDatabase } from '#kernel/kits.ts';
import { createCircuitBreakers } from '#kernel/resilience/circuit-breaker.ts';
import { createOutgoingHttp, type OutgoingPolicy } from '#kernel/resilience/outgoing-http.ts';
import { createTracing } from '#kernel/telemetry/tracing.ts';
import { startReceiver, TEST_AUTHORITY } from '#test/support/https-receiver.ts';
import { type TestKits, testContext, testKits, testTenant } from '#test/support/module.ts';
import type { OutgoingMail } from './deliveries/failing-mail.ts';
import { createWebhooks, EVENT_TYPES, type NewWebhook, type PublicEventMappers, webhooksSchema } from './index.ts';

/** A module with nothing but an event log, whose events are public as they are. */
const SOURCE = {
  schema: 'orders',
  directory: pathToFileURL(`${mkdtempSync(join(tmpdir(), 'techcorp-no-migrations-'))}/`),
  personalData: {},
};

const publicEvents: PublicEventMappers = {
  orders: ({ type, data }) =>
    // One change of an order may be two public events.
    type === 'order.delivered'
      ? [
          { type: 'order.updated', data },
          { type: 'order.completed', data },
        ]
      : type.startsWith('internal.')
        ? []
        : [{ type: type as never, data }],
};

/** One request that a receiver got. */
export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  atMs: number;
}

/** The module on a real database with a real HTTPS receiver; tests move the clock and call `send`. */
export async function webhooksUnderTest(
  t: TestContext,
  options: { policy?: OutgoingPolicy; answerTimeoutMs?: number; concurrency?: number; recipients?: string[] } = {},
) {
  const kits: TestKits = await testKits([SOURCE, webhooksSchema]);
  const tracing = await createTracing({ sampleRatio: 1, exporter: 'memory', serviceName: 'test' });
  const http = createOutgoingHttp({
    breakers: createCircuitBreakers({ clock: kits.clock }),
    tracing,
    policy: { extraCertificateAuthorities: [TEST_AUTHORITY], allowedPrivateHosts: ['127.0.0.1'], ...options.policy },
  });
  const mails: OutgoingMail[] = [];
  const kit = kits.kit('webhooks');
  const module = createWebhooks(kit, {
    publicEvents,
    http,
    concurrency: options.concurrency,
    answerTimeoutMs: options.answerTimeoutMs ?? 2_000,
    recipients: async () => options.recipients ?? ['owner@example.com', 'admin@example.com'],
    sendMail: async (mail) => void mails.push(mail),
  });
  const tenant = testTenant();
  const worker = kits.worker('webhooks', module.jobs!);
  let stopBus = async () => {};
  t.after(async () => {
    await stopBus();
    await module.stop!();
    await http.close();
    await tracing.close();
    await kits.close();
  });

  return {
    ...kits,
    kit,
    module,
    service: module.service,
    tenant,
    mails,
    worker,
    deliverEvents: () => kits.deliver(module.consumers!),
    /** Fans out what was committed and makes every attempt that is due. */
    async send(): Promise<void> {
      await kits.deliver(module.consumers!);
      await module.dispatcher.runDue();
    },
    /** The bus and the dispatcher as they run in production, on real timers. */
    async startEverything(): Promise<PostgresBus> {
      const modules = new Map(['orders', 'webhooks'].map((schema) => [schema, kits.kit(schema).database]));
      const relay = createRelayDatabase({ connection: () => kits.database.connection });
      const bus = new PostgresBus({ relay, modules, log: kit.log });
      for (const consumer of module.consumers!) bus.consume(consumer);
      await bus.start();
      await module.start!();
      stopBus = async () => {
        await bus.stop();
        await relay.close();
      };
      return bus;
    },
    createWebhook: (url: string, input: Partial<NewWebhook> = {}, owner: Tenant = tenant) =>
      module.service.createWebhook(testContext(owner), { url, events: EVENT_TYPES, ...input }),
    /** Commits an event of the source module. */
    async commit(
      type: string,
      objectId: string,
      version: number,
      data: Record<string, Json> = {},
      owner: Tenant = tenant,
    ): Promise<StoredEvent> {
      const event = { type, streamId: objectId, streamVersion: version, data };
      const context = testContext(owner);
      await kits.kit('orders').writes.store(context, { statements: [], events: [event], result: null });
      return kits.committed[kits.committed.length - 1]!;
    },
    page: (filter = {}) => ({ limit: 100, ...filter }),
  };
}

/** A receiver that answers what `answer` says and keeps what it got. */
export async function recordingReceiver(
  t: TestContext,
  answer: (received: Received) => number | Promise<number> = () => 200,
) {
  const received: Received[] = [];
  const receiver = await startReceiver(t, async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const entry = {
      path: req.url!,
      headers: req.headers,
      body: String(Buffer.concat(chunks)),
      atMs: performance.now(),
    };
    received.push(entry);
    const status = await answer(entry);
    res.writeHead(status, status >= 300 && status <= 399 ? { location: 'https://127.0.0.1/elsewhere' } : {});
    res.end(`{"seen":${received.length}}`);
  });
  return { url: `https://127.0.0.1:${receiver.port}/hooks`, received };
}
