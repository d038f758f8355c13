import type { Clock } from '#kernel/clock.ts';
import type { Origin } from '#kernel/context.ts';
import type { Origins as EventOrigins } from '#kernel/crypto/origins.ts';
import type { Consumer } from '#kernel/events/bus.ts';
import type { StoredEvent } from '#kernel/events/event.ts';
import { newId } from '#kernel/ids.ts';
import type { NewEntry } from '../entry.ts';
import { entriesInsert, entryRow } from './entries.store.ts';
import type { Origins } from './origins.ts';

/** Every stored event becomes an entry: what changed something is audited as surely as it was stored. */
export function createTrailConsumer(eventOrigins: EventOrigins, origins: Origins, clock: Clock): Consumer {
  return {
    name: 'audit.trail',
    sources: '*',
    async handle(events, tx) {
      const run = async (statements: Parameters<typeof tx.run>[0]) =>
        (await tx.run(statements)).map((result) => result.rows);
      const opened = await eventOrigins.open(
        events.map(({ tenant, metadata }) => ({ tenant, ...metadata })),
        run,
      );
      const entries = events.map((event, index) => entryOf(event, opened[index]!, newId('aud', clock.nowMs())));
      const sealed = await origins.seal(entries, run);
      await tx.run([entriesInsert(entries.map((entry, index) => entryRow(entry, sealed[index]!)))]);
    },
  };
}

function entryOf(event: StoredEvent, origin: Origin | null, id: string): NewEntry {
  const { actor, operation, request_id } = event.metadata;
  return {
    id,
    orgId: event.tenant.orgId,
    livemode: event.tenant.livemode,
    occurredAt: event.occurredAt,
    actor,
    platform: actor.platform ?? false,
    action: operation,
    objectId: event.streamId,
    outcome: 'success',
    requestId: request_id,
    ipAddress: origin?.ipAddress ?? '',
    userAgent: origin?.userAgent ?? '',
    event: { id: event.id, type: event.type, version: event.streamVersion },
  };
}
