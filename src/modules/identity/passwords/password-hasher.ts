import { hash, verify } from '@node-rs/argon2';
import { DomainError } from '#kernel/errors.ts';

/** Hashes people's passwords with argon2id on the thread pool, a few at a time. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** False also when nobody or no password is behind it; takes as long as a real comparison then. */
  matches(password: string, stored: string | null): Promise<boolean>;
}

/** OWASP's argon2id setting: 19 MiB, 2 passes, 1 lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const AT_ONCE = 2;
const WAITING_MAX = 64;

export function createPasswordHasher(): PasswordHasher {
  const waiting: (() => void)[] = [];
  let running = 0;
  // Made on first use: what an unknown address is compared with.
  let nobody: Promise<string> | undefined;

  async function limited<Result>(work: () => Promise<Result>): Promise<Result> {
    if (running >= AT_ONCE) {
      if (waiting.length >= WAITING_MAX) {
        throw new DomainError('unavailable', 'Too many people sign in at this moment; repeat in a second.', {
          retryAfterSeconds: 1,
        });
      }
      // Whoever ends passes its place on, so `running` stays as it is.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  }

  return {
    hash: (password) => limited(() => hash(password, COST)),
    async matches(password, stored) {
      nobody ??= hash('nobody has this password', COST);
      const against = stored ?? (await nobody);
      const isSame = await limited(() => verify(against, password));
      return isSame && stored !== null;
    },
  };
}

export const PASSWORD_MIN = 12;
export const PASSWORD_MAX = 256;
