import type { Row } from '../database/connection.ts';
import { insertMany, prepared, type Statement } from '../database/statement.ts';
import type { Tenant } from '../database/tenant.ts';
import type { Sealing, SubjectKey } from './sealing.ts';

/** What runs statements: a module's database or a transaction of a consumer. Answers the rows of each. */
export type Run = (statements: readonly Statement[]) => Promise<Row[][]>;

/** The keys of persons in the table `subject_keys` of one schema. */
export interface SubjectKeys {
  /** Whoever was erased, or never had a key, is missing. */
  find(persons: readonly string[], run: Run): Promise<Map<string, SubjectKey>>;
  /** Makes the keys of persons seen for the first time, in the organisation where they are seen. */
  findOrCreate(persons: ReadonlyMap<string, Tenant>, run: Run): Promise<Map<string, SubjectKey>>;
}

export function createSubjectKeys(schema: string, sealing: Sealing): SubjectKeys {
  const select = prepared(
    `select subject_id, org_id, wrapped_key from ${schema}.subject_keys where subject_id = any($1::text[])`,
  );
  const insert = insertMany(
    `${schema}.subject_keys`,
    { subject_id: 'text', org_id: 'text', livemode: 'boolean', wrapped_key: 'bytea' },
    'on conflict do nothing',
  );

  async function find(persons: readonly string[], run: Run): Promise<Map<string, SubjectKey>> {
    if (persons.length === 0) return new Map();
    const [rows] = await run([select([persons])]);
    return new Map(
      rows!.map((row) => [row.subject_id, sealing.openSubjectKey(row.org_id, row.subject_id, row.wrapped_key)]),
    );
  }

  return {
    find,
    async findOrCreate(persons, run) {
      const keys = await find([...persons.keys()], run);
      const missing = [...persons].filter(([person]) => !keys.has(person));
      if (missing.length === 0) return keys;
      const rows = missing.map(([person, { orgId, livemode }]) => ({
        subject_id: person,
        org_id: orgId,
        livemode,
        wrapped_key: sealing.createSubjectKey(orgId, person).wrappedKey,
      }));
      await run([insert(rows)]);
      // Another process may have been first: what counts is the row.
      return find([...persons.keys()], run);
    },
  };
}
