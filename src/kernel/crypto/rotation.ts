import { type Clock, DAY_MS, HOUR_MS } from '../clock.ts';
import type { ModuleDatabase } from '../database/module-database.ts';
import type { ModuleLog } from '../module.ts';
import type { Keyring } from './keyring.ts';
import { type ResealReport, resealSchema, type SealedParts } from './reseal.ts';
import type { Sealing } from './sealing.ts';

/** Data keys are replaced every year (C-94, PCI-07). */
export const MASTER_KEY_AGE_MS = 365 * DAY_MS;
const CHECK_EVERY_MS = HOUR_MS;
/** Commands that began with the old key have stored by then, and every process has seen the new one. */
const SETTLE_MS = 2_000;
const ROUNDS = 10;

/** One schema with what of it is sealed, and the sealing of its role. */
export interface SealedSchema {
  database: ModuleDatabase;
  sealing: Sealing;
  sealed?: SealedParts;
}

export interface KeyRotation {
  /** Rotates when the key is a year old, and brings what is under older keys under the current one. */
  check(): Promise<{ rotated: boolean } & ResealReport>;
  /**
   * Replaces the current key at once and seals everything anew, until the old key opens nothing that is stored
   * (PCI-08). Errors: StartupError when the keys come from settings.
   */
  replace(reason: 'retired' | 'compromised'): Promise<{ version: number } & ResealReport>;
  /** Checks now and every hour. */
  start(): void;
  stop(): Promise<void>;
}

export interface KeyRotationOptions {
  keyring: Keyring;
  clock: Clock;
  schemas: readonly SealedSchema[];
  log: Pick<ModuleLog, 'info' | 'warn'>;
  /** How long `replace` waits between its rounds; two seconds unless told. */
  settleMs?: number;
}

export function createKeyRotation({
  keyring,
  clock,
  schemas,
  log,
  settleMs = SETTLE_MS,
}: KeyRotationOptions): KeyRotation {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();

  async function resealAll(): Promise<ResealReport> {
    const total: ResealReport = { resealed: 0, unreadable: 0 };
    for (const { database, sealing, sealed } of schemas) {
      const { resealed, unreadable } = await resealSchema(database, sealing, keyring.current, sealed);
      total.resealed += resealed;
      total.unreadable += unreadable;
    }
    return total;
  }

  function isOld(): boolean {
    const active = keyring.describe().find(({ status }) => status === 'active');
    return Boolean(active?.createdAt && Date.parse(active.createdAt) + MASTER_KEY_AGE_MS <= clock.nowMs());
  }

  async function check() {
    keyring.reload();
    const rotated = isOld();
    if (rotated) log.info({ version: String(keyring.rotate()) }, 'The master key was a year old and is replaced');
    if (keyring.describe().length === 1) return { rotated, resealed: 0, unreadable: 0 };
    const report = await resealAll();
    if (report.unreadable > 0) log.warn({ count: report.unreadable }, 'Sealed values do not open under any key');
    return { rotated, ...report };
  }

  return {
    check,

    async replace(reason) {
      const version = keyring.rotate(reason);
      const total: ResealReport = { resealed: 0, unreadable: 0 };
      // The server runs on meanwhile: a round that finds nothing after a pause is the proof that nothing comes any more.
      for (let round = 0; round < ROUNDS; round++) {
        const { resealed, unreadable } = await resealAll();
        total.resealed += resealed;
        total.unreadable = unreadable;
        if (round > 0 && resealed === 0) break;
        await new Promise((resolve) => setTimeout(resolve, settleMs));
      }
      return { version, ...total };
    },

    start() {
      const turn = () => {
        running = check()
          .catch((error) => log.warn({ error }, 'The master key could not be looked after'))
          .finally(() => {
            timer = setTimeout(turn, CHECK_EVERY_MS).unref();
          });
      };
      turn();
    },

    async stop() {
      await running;
      clearTimeout(timer);
    },
  };
}
