import type { CommandContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { DomainError, type ErrorDetail, type ErrorKind } from '#kernel/errors.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { identityEvent } from '../events.ts';
import { comparableEmail, type NewUser, type User } from './user.ts';
import { duplicateEmail, userFacts } from './user-changes.ts';
import { checkRole, newUser } from './users.service.ts';
import { userInsert, usersFindByEmails } from './users.store.ts';

/** What became of one entry of a batch. */
export type UserOutcome =
  | { user: User; refusal?: undefined }
  | { user?: undefined; refusal: { kind: ErrorKind; message: string; details: ErrorDetail[] } };

export interface UserBatches {
  /**
   * Adds many people in one transaction, in their order; each entry is judged for itself, and one that is refused hinders
   * no other. Of two entries with one address the first counts. Answers one outcome for each entry.
   */
  createUsers(
    context: CommandContext,
    inputs: readonly NewUser[],
    grantable?: ReadonlySet<string>,
  ): Promise<UserOutcome[]>;
}

/** Somebody may take an address between our look and our insert; then the batch looks again. */
const ATTEMPTS = 5;

export function createUserBatches(kit: ModuleKit): UserBatches {
  const { writes } = kit;

  async function decide(
    context: CommandContext,
    tx: WriteTransaction,
    inputs: readonly NewUser[],
    grantable: ReadonlySet<string> | undefined,
  ): Promise<UserOutcome[]> {
    const { tenant } = context;
    const owners = await usersFindByEmails(
      tx,
      kit,
      tenant,
      inputs.map(({ email }) => email),
    );
    const taken = new Map(
      owners.map((owner) => [comparableEmail(owner.user.email), () => duplicateEmail(owner, null)]),
    );
    return inputs.map((input, index) => {
      const address = comparableEmail(input.email);
      try {
        const refuse = taken.get(address);
        if (refuse) throw refuse();
        checkRole(input.role, grantable);
      } catch (error) {
        return refused(error);
      }
      taken.set(address, () => twiceInBatch(index));
      return { user: add(context, tx, input) };
    });
  }

  function add({ tenant }: CommandContext, tx: WriteTransaction, input: NewUser): User {
    const user = newUser(tenant, input, kit.clock.now());
    const { wrappedKey, key } = kit.sealing.createSubjectKey(tenant.orgId, user.id);
    tx.add(...userInsert(kit, { user, key, livemode: tenant.livemode, passwordHash: null }, wrappedKey));
    tx.append(identityEvent('user.created', user.id, 1, userFacts(user, null)));
    return user;
  }

  return {
    async createUsers(context, inputs, grantable) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await writes.run(context, (tx) => decide(context, tx, inputs, grantable));
        } catch (error) {
          if (violatedUnique(error) !== 'users_email_key' || attempt === ATTEMPTS) throw error;
        }
      }
    },
  };
}

function refused(error: unknown): UserOutcome {
  if (!(error instanceof DomainError)) throw error;
  const { kind, message, details } = error;
  return { refusal: { kind, message, details } };
}

function twiceInBatch(index: number): DomainError {
  const message = `Entry ${index} of this batch has the same e-mail address.`;
  return new DomainError('duplicate', message, { details: [{ field: 'email', code: 'duplicate', message }] });
}
