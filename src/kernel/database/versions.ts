import type { CommandContext } from '../context.ts';
import { DomainError } from '../errors.ts';

/** Refuses a command whose caller read another version (`If-Match`, G-16). Errors: `precondition_failed`. */
export function expectVersion(context: CommandContext, object: string, version: number): void {
  if (context.expectedVersion === undefined || context.expectedVersion === version) return;
  throw new DomainError(
    'precondition_failed',
    `The ${object} was changed since you read it; read it again and repeat the change with its new ETag.`,
  );
}
