import { personOf } from '#kernel/context.ts';
import type { Sealing } from '#kernel/crypto/sealing.ts';
import { createSubjectKeys, type Run } from '#kernel/crypto/subject-keys.ts';
import type { Row } from '#kernel/database/connection.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { newId } from '#kernel/ids.ts';
import type { EntryOrigin, NewEntry } from '../entry.ts';

/** The first byte of what is sealed under a person's key; see kernel/crypto/sealing.ts. */
const SUBJECT_FORMAT = 1;
/**
 * Before the id of the entry that something was sealed for under a person's key, and what was sealed. Entries of one batch
 * that come from the same person and place share it: making a cipher costs more than all the rest of noting a read.
 */
const SHARED_FORMAT = 3;
const ID_END = 1 + newId('aud').length;
const UNKNOWN: EntryOrigin = { ipAddress: null, userAgent: null };

/**
 * Seals addresses and user agents under the key of the person who acts (C-89), or one of the organisation for a machine.
 * The entries can never be changed; those keys can be wrapped anew when the master key is replaced (PCI-08).
 */
export interface Origins {
  /** Entries with their sealed origins, in the same order. Makes the keys of persons seen for the first time. */
  seal(entries: readonly NewEntry[], run: Run): Promise<(Buffer | null)[]>;
  /** Straight under the master key; for entries that wait in a file for their database. */
  sealWithoutPerson(entry: NewEntry): Buffer | null;
  /** The origins of some rows of `id, org_id, user_id, actor_kind, actor_id, origin`, in the same order. */
  open(rows: readonly Row[], run: Run): Promise<EntryOrigin[]>;
}

export function createOrigins(sealing: Sealing): Origins {
  const keys = createSubjectKeys('audit', sealing);
  const context = (id: string) => `audit.entries.origin:${id}`;

  function sealWithoutPerson(entry: NewEntry): Buffer | null {
    const text = textOf(entry);
    return text === null ? null : sealing.sealForOrganization(entry.orgId, text, context(entry.id));
  }

  return {
    sealWithoutPerson,

    async seal(entries, run) {
      const found = await keys.findOrCreate(ownersOf(entries), run);
      const sealedOf = new Map<string, Buffer>();
      return entries.map((entry) => {
        const text = textOf(entry);
        if (text === null) return null;
        const owner = ownerOf(entry);
        const place = `${owner} ${text}`;
        const known = sealedOf.get(place);
        if (known) return known;
        const sealed = sealing.seal(found.get(owner)!, text, context(entry.id));
        const shared = Buffer.concat([Buffer.of(SHARED_FORMAT), Buffer.from(entry.id, 'latin1'), sealed]);
        sealedOf.set(place, shared);
        return shared;
      });
    },

    async open(rows, run) {
      const person = (row: Row): string => row.user_id ?? (row.actor_kind === 'user' ? row.actor_id : row.org_id);
      const isPersonal = (row: Row): boolean => [SUBJECT_FORMAT, SHARED_FORMAT].includes(row.origin?.[0]);
      const found = await keys.find([...new Set(rows.filter(isPersonal).map(person))], run);
      return rows.map((row) => {
        if (!row.origin) return UNKNOWN;
        if (!isPersonal(row)) return originOf(sealing.openForOrganization(row.org_id, row.origin, context(row.id)));
        const key = found.get(person(row));
        // Erased: the key is gone, and with it where the person acted from.
        if (!key) return UNKNOWN;
        if (row.origin[0] === SUBJECT_FORMAT) return originOf(sealing.open(key, row.origin, context(row.id)));
        const sealedFor = row.origin.toString('latin1', 1, ID_END);
        return originOf(sealing.open(key, row.origin.subarray(ID_END), context(sealedFor)));
      });
    },
  };
}

function ownerOf({ actor, orgId }: NewEntry): string {
  return personOf(actor) ?? orgId;
}

function ownersOf(entries: readonly NewEntry[]): Map<string, Tenant> {
  const owners = new Map<string, Tenant>();
  for (const entry of entries) {
    const owner = ownerOf(entry);
    const { orgId, livemode } = entry;
    if (!owners.has(owner)) owners.set(owner, { orgId: orgId as Tenant['orgId'], livemode });
  }
  return owners;
}

function textOf({ ipAddress, userAgent }: NewEntry): string | null {
  return ipAddress === '' && userAgent === '' ? null : JSON.stringify([ipAddress, userAgent]);
}

function originOf(text: string): EntryOrigin {
  const [ipAddress, userAgent] = JSON.parse(text);
  return { ipAddress, userAgent };
}
