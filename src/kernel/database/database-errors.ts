import { DomainError } from '../errors.ts';

/** The fields of a PostgreSQL error that we act on. */
export interface PostgresError extends Error {
  code?: string;
  constraint?: string;
  table?: string;
  /** The function of PostgreSQL that refused. */
  routine?: string;
}

const UNAVAILABLE = new Set([
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P05', // idle_session_timeout
  '53300', // too_many_connections
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
]);

const RETRYABLE = new Set(['40001', '40P01']);

export function postgresCode(error: unknown): string {
  return error instanceof Error ? String((error as PostgresError).code ?? '') : '';
}

/** The name of the violated constraint when `error` is a unique violation, else null. */
export function violatedUnique(error: unknown): string | null {
  return violated(error, '23505');
}

/** The name of the violated constraint when `error` is a check that does not hold, else null. */
export function violatedCheck(error: unknown): string | null {
  return violated(error, '23514');
}

function violated(error: unknown, code: string): string | null {
  const cause = error instanceof DomainError ? error.cause : error;
  return postgresCode(cause) === code ? ((cause as PostgresError).constraint ?? '') : null;
}

/** Serialization failures and deadlocks: the same transaction may succeed when run again. */
export function isRetryable(error: unknown): boolean {
  return RETRYABLE.has(postgresCode(error));
}

/**
 * The session's prepared statements are not what they were, because a migration of another process changed what they
 * answer or somebody discarded them. Nothing was stored; another session prepares them anew.
 */
export function isOutdatedSession(error: unknown): boolean {
  return postgresCode(error) === '26000' || (error as PostgresError | undefined)?.routine === 'RevalidateCachedQuery';
}

/** True when PostgreSQL or the way to it is gone, and not the statement at fault. */
export function isUnavailable(error: unknown): boolean {
  const code = postgresCode(error);
  if (UNAVAILABLE.has(code) || code.startsWith('08')) return true;
  const message = error instanceof Error ? error.message : '';
  return /Connection terminated|connection error|Client has encountered|timeout expired|Client was closed/i.test(
    message,
  );
}

/**
 * What a caller may see of a database failure: 503 when PostgreSQL is away, 423 when a lock was not had in time, 504
 * when a statement ran too long. Everything else stays as it is and ends as an internal error in the log.
 */
export function translateDatabaseError(error: unknown): unknown {
  if (error instanceof DomainError) return error;
  if (isUnavailable(error)) {
    return new DomainError('unavailable', 'The database is not available right now; repeat the request shortly.', {
      retryAfterSeconds: 1,
      cause: error,
    });
  }
  switch (postgresCode(error)) {
    case 'TC002': // kernel.require: a row was changed between reading and writing
    case '55P03':
    case '40001':
    case '40P01':
      return new DomainError('resource_locked', 'Another process is changing this object; repeat the request.', {
        retryAfterSeconds: 1,
        cause: error,
      });
    case '57014':
      return new DomainError('timeout', 'The database did not finish in time.', { cause: error });
    default:
      return error;
  }
}
