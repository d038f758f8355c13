import type { Sealing, SubjectKey } from '#kernel/crypto/sealing.ts';
import type { Row } from '#kernel/database/connection.ts';
import { insertMany, prepared, type Statement } from '#kernel/database/statement.ts';
import { type EntryOrigin, type NewEntry, personOf } from '../entry.ts';

/** What runs statements: a module's database or a transaction of a consumer. Answers the rows of each. */
export type Run = (statements: readonly Statement[]) => Promise<Row[][]>;

const findKeys = prepared(
  'select subject_id, org_id, wrapped_key from audit.subject_keys where subject_id = any($1::text[])',
);
const insertKeys = insertMany(
  'audit.subject_keys',
  { subject_id: 'text', org_id: 'text', livemode: 'boolean', wrapped_key: 'bytea' },
  'on conflict do nothing',
);
/** The first byte of what is sealed under a person's key; see kernel/crypto/sealing.ts. */
const SUBJECT_FORMAT = 1;
const UNKNOWN: EntryOrigin = { ipAddress: null, userAgent: null };

/** Seals addresses and user agents under the key of the person who acts (C-89), or of the organisation for a machine. */
export interface Origins {
  /** Entries with their sealed origins, in the same order. Makes the keys of persons seen for the first time. */
  seal(entries: readonly NewEntry[], run: Run): Promise<(Buffer | null)[]>;
  /** Under the organisation's key; needs no database. */
  sealWithoutPerson(entry: NewEntry): Buffer | null;
  /** The origins of some rows of `id, org_id, user_id, actor_kind, actor_id, origin`, in the same order. */
  open(rows: readonly Row[], run: Run): Promise<EntryOrigin[]>;
}

export function createOrigins(sealing: Sealing): Origins {
  const context = (id: string) => `audit.entries.origin:${id}`;

  async function keysOf(persons: readonly string[], run: Run): Promise<Map<string, SubjectKey>> {
    if (persons.length === 0) return new Map();
    const [rows] = await run([findKeys([persons])]);
    return new Map(
      rows!.map((row) => [row.subject_id, sealing.openSubjectKey(row.org_id, row.subject_id, row.wrapped_key)]),
    );
  }

  async function keysForSealing(entries: readonly NewEntry[], run: Run): Promise<Map<string, SubjectKey>> {
    const owners = new Map<string, NewEntry>();
    for (const entry of entries) {
      const person = personOf(entry.actor);
      if (person && !owners.has(person)) owners.set(person, entry);
    }
    const keys = await keysOf([...owners.keys()], run);
    const missing = [...owners].filter(([person]) => !keys.has(person));
    if (missing.length === 0) return keys;
    const rows = missing.map(([person, { orgId, livemode }]) => ({
      subject_id: person,
      org_id: orgId,
      livemode,
      wrapped_key: sealing.createSubjectKey(orgId, person).wrappedKey,
    }));
    await run([insertKeys(rows)]);
    // Another process may have been first: what counts is the row.
    return keysOf([...owners.keys()], run);
  }

  function sealWithoutPerson(entry: NewEntry): Buffer | null {
    const text = textOf(entry);
    return text === null ? null : sealing.sealForOrganization(entry.orgId, text, context(entry.id));
  }

  return {
    sealWithoutPerson,

    async seal(entries, run) {
      const keys = await keysForSealing(entries, run);
      return entries.map((entry) => {
        const person = personOf(entry.actor);
        const text = textOf(entry);
        if (!person || text === null) return sealWithoutPerson(entry);
        return sealing.seal(keys.get(person)!, text, context(entry.id));
      });
    },

    async open(rows, run) {
      const person = (row: Row): string => row.user_id ?? row.actor_id;
      const isPersonal = (row: Row): boolean => row.origin?.[0] === SUBJECT_FORMAT;
      const keys = await keysOf([...new Set(rows.filter(isPersonal).map(person))], run);
      return rows.map((row) => {
        if (!row.origin) return UNKNOWN;
        if (!isPersonal(row)) return originOf(sealing.openForOrganization(row.org_id, row.origin, context(row.id)));
        const key = keys.get(person(row));
        // Erased: the key is gone, and with it where the person acted from.
        return key ? originOf(sealing.open(key, row.origin, context(row.id))) : UNKNOWN;
      });
    },
  };
}

function textOf({ ipAddress, userAgent }: NewEntry): string | null {
  return ipAddress === '' && userAgent === '' ? null : JSON.stringify([ipAddress, userAgent]);
}

function originOf(text: string): EntryOrigin {
  const [ipAddress, userAgent] = JSON.parse(text);
  return { ipAddress, userAgent };
}
