import type { CommandContext } from '../context.ts';

interface StoredContext extends Omit<CommandContext, 'idempotency'> {
  idempotency?: { key: string; route: string; fingerprint: string };
}

/** A command context as JSON, so that a saga which is taken over acts for the same actor, request and trace. */
export function contextOf(context: CommandContext): StoredContext {
  const { idempotency, ...rest } = context;
  if (!idempotency) return rest;
  const { key, route, fingerprint } = idempotency;
  return { ...rest, idempotency: { key, route, fingerprint: fingerprint.toString('base64') } };
}

export function contextFrom(stored: StoredContext): CommandContext {
  const { idempotency, ...rest } = stored;
  if (!idempotency) return rest;
  const fingerprint = Buffer.from(idempotency.fingerprint, 'base64');
  return { ...rest, idempotency: { ...idempotency, fingerprint, replayed: false } };
}
