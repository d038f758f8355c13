import { type Clock, MINUTE_MS } from '../clock.ts';
import { type Actor, type Origin, personOf } from '../context.ts';
import type { ModuleDatabase } from '../database/module-database.ts';
import { everyTenant, type Tenant } from '../database/tenant.ts';
import type { Sealing, SubjectKey } from './sealing.ts';
import { createSubjectKeys, type Run } from './subject-keys.ts';

/** How long a sealed origin is used again. A person who was erased meanwhile is sealed under a key that is gone. */
const KEPT_MS = 5 * MINUTE_MS;
const KEPT_MAX = 10_000;
/** The first byte of what is sealed under a person's key; see sealing.ts. */
const SUBJECT_FORMAT = 1;

/** An origin as an event or a saga holds it, with whose it is. */
export interface SealedOrigin {
  tenant: Tenant;
  actor: Actor;
  origin: Origin | string;
}

/**
 * Addresses and user agents are personal data (C-89), and an event log is never changed: so they are sealed before they
 * get there, under the key of the person who acts, or one of the organisation for a machine. All schemas share the keys of
 * one, whose row is all that has to go when a person is erased.
 */
export interface Origins {
  /** A promise only for a place that is not in memory. What is sealed already stays as it is. */
  seal(tenant: Tenant, actor: Actor, origin: Origin | string): string | Promise<string>;
  /** In the same order; null for a person who was erased. */
  open(sealed: readonly SealedOrigin[], run: Run): Promise<(Origin | null)[]>;
}

/** @param database the schema that holds the keys of persons; a function because it is made later */
export function createOrigins(database: () => ModuleDatabase, schema: string, sealing: Sealing, clock: Clock): Origins {
  const keys = createSubjectKeys(schema, sealing);
  const remembered = createMemory(clock);
  const placeOf = (owner: string) => `events.metadata.origin:${owner}`;

  async function sealForOwner(tenant: Tenant, owner: string, text: string): Promise<string> {
    const run: Run = async (statements) =>
      (await database().flight(everyTenant, statements)).map((result) => result.rows);
    const found = await keys.findOrCreate(new Map([[owner, tenant]]), run);
    return sealing.seal(found.get(owner)!, text, placeOf(owner)).toString('base64');
  }

  function openOne({ tenant, actor, origin }: SealedOrigin, found: ReadonlyMap<string, SubjectKey>): Origin | null {
    if (typeof origin !== 'string') return origin;
    const bytes = Buffer.from(origin, 'base64');
    if (!isPersonal(origin)) {
      return originOf(sealing.openForOrganization(tenant.orgId, bytes, placeOf(tenant.orgId)));
    }
    const owner = ownerOf(tenant, actor);
    const key = found.get(owner);
    return key ? originOf(sealing.open(key, bytes, placeOf(owner))) : null;
  }

  return {
    seal(tenant, actor, origin) {
      if (typeof origin === 'string') return origin;
      const text = JSON.stringify([origin.ipAddress, origin.userAgent]);
      const owner = ownerOf(tenant, actor);
      const known = remembered.find(owner, text);
      if (known !== undefined) return known;
      return sealForOwner(tenant, owner, text).then((sealed) => remembered.keep(owner, text, sealed));
    },
    async open(sealed, run) {
      const owners = sealed
        .filter(({ origin }) => isPersonal(origin))
        .map(({ tenant, actor }) => ownerOf(tenant, actor));
      const found = await keys.find([...new Set(owners)], run);
      return sealed.map((each) => openOne(each, found));
    },
  };
}

/** A machine's organisation has a key of the same kind, which can be wrapped anew when the master key is replaced. */
function ownerOf(tenant: Tenant, actor: Actor): string {
  return personOf(actor) ?? tenant.orgId;
}

function isPersonal(origin: Origin | string): boolean {
  return typeof origin === 'string' && Buffer.from(origin.slice(0, 4), 'base64')[0] === SUBJECT_FORMAT;
}

function originOf(text: string): Origin {
  const [ipAddress, userAgent] = JSON.parse(text);
  return { ipAddress, userAgent };
}

/** Clients come from the same place again and again: a write costs a look-up instead of a cipher and a row. */
function createMemory(clock: Clock) {
  // All entries live equally long, so the first is always the next to go.
  const entries = new Map<string, { sealed: string; untilMs: number }>();
  const nameOf = (owner: string, text: string) => `${owner}${text}`;
  return {
    find(owner: string, text: string): string | undefined {
      const entry = entries.get(nameOf(owner, text));
      return entry && entry.untilMs > clock.nowMs() ? entry.sealed : undefined;
    },
    keep(owner: string, text: string, sealed: string): string {
      const name = nameOf(owner, text);
      entries.delete(name);
      if (entries.size >= KEPT_MAX) entries.delete(entries.keys().next().value!);
      entries.set(name, { sealed, untilMs: clock.nowMs() + KEPT_MS });
      return sealed;
    },
  };
}
