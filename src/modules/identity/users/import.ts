import type { CommandContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { DomainError, invalidField } from '#kernel/errors.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { BatchOutcome } from '#kernel/row-outcome.ts';
import { identityEvent } from '../events.ts';
import type { Revocations } from '../tokens/revocations.ts';
import { comparableEmail, type NewUser, type User } from './user.ts';
import { userFacts } from './user-changes.ts';
import { newUser } from './users.service.ts';
import { type StoredUser, userInsert, usersFindByEmails, userUpdate } from './users.store.ts';

const MOST_ROWS = 1_000;

/** A person of an import; the address names who it is. */
export type UserImportRow = Pick<NewUser, 'name' | 'email' | 'role' | 'roles' | 'plan' | 'metadata'>;

export interface UserImport {
  /**
   * Takes people in one transaction. A known address updates that person or changes nothing. Admins are neither made nor
   * changed: the rights of whoever sent the file are not known here. With `dryRun` nothing is stored.
   * Errors: `validation` (more than 1,000 rows).
   */
  importBatch(
    context: CommandContext,
    rows: readonly UserImportRow[],
    options?: { dryRun?: boolean },
  ): Promise<BatchOutcome>;
}

export function createUserImport(kit: ModuleKit, revocations: Revocations): UserImport {
  const { writes, clock, sealing } = kit;

  async function takeRows(tx: WriteTransaction, context: CommandContext, rows: readonly UserImportRow[]) {
    const { tenant } = context;
    const outcome: BatchOutcome = { created: 0, updated: 0, unchanged: 0, findings: [] };
    const demoted: string[] = [];
    const known = await knownUsers(tx, tenant, rows);
    const seen = new Set<string>();
    for (const [row, input] of rows.entries()) {
      const address = comparableEmail(input.email);
      const current = known.get(address);
      const problem = problemOf(input, current?.user, seen.has(address));
      seen.add(address);
      if (problem) {
        outcome.findings.push({ row, ...problem });
        continue;
      }
      if (!current) {
        outcome.created += 1;
        add(tx, tenant, newUser(tenant, input, clock.now()));
        continue;
      }
      const next = changed(current.user, input, clock.now());
      outcome[next ? 'updated' : 'unchanged'] += 1;
      if (!next) continue;
      tx.add(userUpdate(kit, { ...current, user: next }));
      tx.append(identityEvent('user.updated', next.id, next.version, userFacts(next, current.user)));
      if (next.role !== current.user.role) demoted.push(next.id);
    }
    return { outcome, demoted };
  }

  function add(tx: WriteTransaction, tenant: Tenant, user: User): void {
    const { wrappedKey, key } = sealing.createSubjectKey(tenant.orgId, user.id);
    tx.add(...userInsert(kit, { user, key, livemode: tenant.livemode, passwordHash: null }, wrappedKey));
    tx.append(identityEvent('user.created', user.id, 1, userFacts(user, null)));
  }

  async function knownUsers(tx: WriteTransaction, tenant: Tenant, rows: readonly UserImportRow[]) {
    const stored = await usersFindByEmails(tx, kit, tenant, [...new Set(rows.map(({ email }) => email))]);
    return new Map<string, StoredUser>(stored.map((each) => [comparableEmail(each.user.email), each]));
  }

  return {
    async importBatch(context, rows, { dryRun = false } = {}) {
      if (rows.length > MOST_ROWS) throw invalidField('rows', 'too_many', `At most ${MOST_ROWS} rows in one batch.`);
      const take = (tx: WriteTransaction) => takeRows(tx, context, rows);
      const store = () => (dryRun ? writes.rehearse(context, take) : writes.run(context, take));
      const { outcome, demoted } = await store().catch((error) => {
        // Somebody made or changed one of these people in the same moment; now that can be seen.
        const isLocked = error instanceof DomainError && error.kind === 'resource_locked';
        if (!isLocked && violatedUnique(error) !== 'users_email_key') throw error;
        return store();
      });
      if (!dryRun && demoted.length > 0) revocations.forget(demoted);
      return outcome;
    },
  };
}

function problemOf(input: UserImportRow, current: User | undefined, isTwice: boolean) {
  if (isTwice) return { column: 'email', code: 'duplicate', message: 'A row before this one has the same address.' };
  if (input.role === 'admin' || current?.role === 'admin') {
    return {
      column: 'role',
      code: 'not_allowed',
      message: 'Admins are made and changed one by one, with POST /users.',
    };
  }
  if (current?.status !== 'archived') return null;
  const message = `The archived user ${current.id} has this address; restore that user first.`;
  return { column: 'email', code: 'duplicate', message };
}

/** The next version, or null when the row says what is stored already; what a row leaves out stays as it is. */
function changed(current: User, input: UserImportRow, now: Date): User | null {
  const { name, role = current.role, roles = current.roles, plan = current.plan, metadata = current.metadata } = input;
  const next = { ...current, name, role, roles, plan, metadata };
  if (JSON.stringify(comparableOf(next)) === JSON.stringify(comparableOf(current))) return null;
  return { ...next, version: current.version + 1, updatedAt: now.toISOString() };
}

function comparableOf({ name, role, roles, plan, metadata }: User) {
  return [
    name,
    role,
    roles.toSorted(),
    plan,
    Object.entries(metadata).toSorted(([one], [other]) => (one < other ? -1 : 1)),
  ];
}
