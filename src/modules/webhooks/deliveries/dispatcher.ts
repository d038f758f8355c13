import type { Clock } from '#kernel/clock.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { everyTenant } from '#kernel/database/tenant.ts';
import type { ModuleLog } from '#kernel/module.ts';
import { LEASE_MS } from './delivery.ts';
import { type ClaimedDelivery, queueClaim, queueRelease, toClaimed } from './queue.store.ts';

const POLL_MS = 1_000;
/** An endpoint with this many deliveries out gets no further ones: a slow one fills its own lane and no other. */
const LANE_MAX = 8;
/** What one organisation leaves to the others however many slow endpoints it has. */
const LEFT_TO_OTHERS = 0.25;
/** How long a stop waits for calls that are out; a later answer is lost and the lease makes another process repeat it. */
const STOP_PATIENCE_MS = 5_000;

export interface DispatcherDependencies {
  database: ModuleDatabase;
  clock: Clock;
  log: ModuleLog;
  /** Deliveries at the same time in this process. */
  concurrency: number;
  /** Calls the endpoint and records the outcome. No database connection is held while it waits. */
  deliver(delivery: ClaimedDelivery): Promise<void>;
}

/**
 * Sends what is due. The deliveries table is the queue; several processes share it by lease. It is not the common job
 * worker because that knows no lanes: fifty deliveries to one slow endpoint would hold up everybody else's.
 */
export class Dispatcher {
  readonly #dependencies: DispatcherDependencies;
  readonly #lanes = new Counts();
  readonly #organizations = new Counts();
  readonly #organizationMax: number;
  readonly #running = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #turning: Promise<void> | undefined;
  #again = false;
  #stopped = true;

  constructor(dependencies: DispatcherDependencies) {
    this.#dependencies = dependencies;
    this.#organizationMax = Math.ceil(dependencies.concurrency * (1 - LEFT_TO_OTHERS));
  }

  /** Makes due at once what a process that died had taken; only where no other process sends. */
  async releaseLeases(): Promise<void> {
    const { database, clock } = this.#dependencies;
    const nowMs = clock.nowMs();
    const until = new Date(nowMs + LEASE_MS).toISOString();
    await database.flight(everyTenant, [queueRelease(new Date(nowMs).toISOString(), until)]);
  }

  start(): void {
    this.#stopped = false;
    this.#schedule(0);
  }

  /** A hint that something is due. */
  wake(): void {
    if (this.#stopped) return;
    this.#again = true;
    if (!this.#turning) this.#schedule(0);
  }

  /** Sends everything that is due now and waits for it; for tests on a manual clock. */
  async runDue(): Promise<void> {
    for (;;) {
      await this.#turning;
      const claimed = await this.#claim();
      if (claimed === 0 && this.#running.size === 0) return;
      await Promise.all(this.#running);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#turning;
    let patience: NodeJS.Timeout | undefined;
    const timeUp = new Promise((resolve) => {
      patience = setTimeout(resolve, STOP_PATIENCE_MS);
    });
    await Promise.race([Promise.all(this.#running), timeUp]);
    clearTimeout(patience);
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#turning = this.#turn().finally(() => {
        this.#turning = undefined;
        if (!this.#stopped) this.#schedule(this.#again ? 0 : POLL_MS);
      });
    }, delayMs);
    if (delayMs > 0) this.#timer.unref();
  }

  async #turn(): Promise<void> {
    try {
      do {
        this.#again = false;
        while (!this.#stopped && (await this.#claim()) > 0);
      } while (this.#again && !this.#stopped);
    } catch (error) {
      this.#again = false;
      this.#dependencies.log.warn({ error }, 'Webhook deliveries could not be claimed; they will be shortly');
    }
  }

  /** Claims as much as there is room for and sets it going. */
  async #claim(): Promise<number> {
    const { database, clock, concurrency } = this.#dependencies;
    const room = concurrency - this.#running.size;
    if (room <= 0) return 0;
    const nowMs = clock.nowMs();
    const fullLanes = [...this.#lanes].filter(([, count]) => count >= LANE_MAX).map(([webhookId]) => webhookId);
    const request = {
      now: new Date(nowMs).toISOString(),
      leaseUntil: new Date(nowMs + LEASE_MS).toISOString(),
      fullLanes,
      perLane: LANE_MAX,
      perOrganization: this.#organizationMax,
      running: this.#organizations,
      room,
    };
    const [result] = await database.flight(everyTenant, [queueClaim(request)]);
    for (const row of result!.rows) this.#send(toClaimed(row));
    return result!.rows.length;
  }

  #send(delivery: ClaimedDelivery): void {
    const { webhookId, tenant } = delivery;
    this.#lanes.add(webhookId);
    this.#organizations.add(tenant.orgId);
    const sent = this.#dependencies
      .deliver(delivery)
      .catch((error) => {
        const fields = { delivery_id: delivery.id, webhook_id: webhookId, error };
        this.#dependencies.log.warn(fields, 'A webhook delivery could not be recorded; it repeats after its lease');
      })
      .finally(() => {
        this.#running.delete(sent);
        const isLaneFree = this.#lanes.remove(webhookId) < LANE_MAX;
        const isOrganizationFree = this.#organizations.remove(tenant.orgId) < this.#organizationMax;
        // The next event of the same object may go, or somebody waits for the room that this one leaves.
        const wasFull = !isLaneFree || !isOrganizationFree || this.#running.size + 1 >= this.#dependencies.concurrency;
        if (delivery.ordered || wasFull) this.wake();
      });
    this.#running.add(sent);
  }
}

/** How many of each there are; nothing is kept of those of which there are none. */
class Counts extends Map<string, number> {
  add(name: string): void {
    this.set(name, (this.get(name) ?? 0) + 1);
  }

  /** One less; answers how many there were. */
  remove(name: string): number {
    const before = this.get(name)!;
    if (before > 1) this.set(name, before - 1);
    else this.delete(name);
    return before;
  }
}
