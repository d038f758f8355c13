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
 * get there, under the key of the person who acts, or of the organisation for a machine. All schemas share the keys of
 * one, whose row is all that has to go when a person is erased.
 */
export interface Origins {
  /** A promise only for a person whose key is not in memory. What is sealed already stays as it is. */
  seal(tenant: Tenant, actor: Actor, origin: Origin | string): string | Promise<string>;
  /** In the same order; null for a person who was erased. */
  open(sealed: readonly SealedOrigin[], run: Run): Promise<(Origin | null)[]>;
}

/** @param database the schema that holds the keys of persons; a function because it is made later */
export function createOrigins(database: () => ModuleDatabase, schema: string, sealing: Sealing, clock: Clock): Origins {
  const keys = createSubjectKeys(schema, sealing);
  const remembered = createMemory(clock);
  const placeOf = (owner: string) => `events.metadata.origin:${owner}`;

  async function sealForPerson(tenant: Tenant, person: string, text: string): Promise<string> {
    const run: Run = async (statements) =>
      (await database().flight(everyTenant, statements)).map((result) => result.rows);
    const found = await keys.findOrCreate(new Map([[person, tenant]]), run);
    return sealing.seal(found.get(person)!, text, placeOf(person)).toString('base64');
  }

  function openOne({ tenant, actor, origin }: SealedOrigin, found: ReadonlyMap<string, SubjectKey>): Origin | null {
    if (typeof origin !== 'string') return origin;
    const bytes = Buffer.from(origin, 'base64');
    if (!isPersonal(origin)) {
      return originOf(sealing.openForOrganization(tenant.orgId, bytes, placeOf(tenant.orgId)));
    }
    const person = personOf(actor)!;
    const key = found.get(person);
    return key ? originOf(sealing.open(key, bytes, placeOf(person))) : null;
  }

  return {
    seal(tenant, actor, origin) {
      if (typeof origin === 'string') return origin;
      const text = JSON.stringify([origin.ipAddress, origin.userAgent]);
      const person = personOf(actor);
      const owner = person ?? tenant.orgId;
      const known = remembered.find(owner, text);
      if (known !== undefined) return known;
      if (person) {
        return sealForPerson(tenant, person, text).then((sealed) => remembered.keep(owner, text, sealed));
      }
      const sealed = sealing.sealForOrganization(tenant.orgId, text, placeOf(tenant.orgId));
      return remembered.keep(owner, text, sealed.toString('base64'));
    },
    async open(sealed, run) {
      const persons = sealed.filter(({ origin }) => isPersonal(origin)).map(({ actor }) => personOf(actor)!);
      const found = await keys.find([...new Set(persons)], run);
      return sealed.map((each) => openOne(each, found));
    },
  };
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
