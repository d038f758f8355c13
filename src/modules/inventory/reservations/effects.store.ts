import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { DomainError } from '#kernel/errors.ts';

/** Something that another module asked for by a reference of its own. */
export interface Effect {
  kind: 'shipment' | 'return';
  subjectId: string;
  reference: string;
  /** What was asked for, to tell a repetition from another request. */
  lines: unknown;
  createdAt: string;
}

const claim = prepared(`insert into inventory.effects
  (org_id, livemode, kind, subject_id, reference, lines, created_at) values ($1, $2, $3, $4, $5, $6, $7)
  on conflict on constraint effects_pkey do nothing`);
const find = prepared(`select lines = $6::jsonb as same from inventory.effects
  where org_id = $1 and livemode = $2 and kind = $3 and subject_id = $4 and reference = $5`);

/** Whether this is the first time. Errors: `invalid_state` when the reference stands for something else. */
export async function claimed(tx: WriteTransaction, tenant: Tenant, effect: Effect): Promise<boolean> {
  const [taken, known] = await tx.run([effectClaim(tenant, effect), effectCompare(tenant, effect)]);
  if (taken!.rowCount === 1) return true;
  if (known!.rows[0]!.same) return false;
  const message = `The ${effect.kind} ${effect.reference} was recorded with other lines; use a reference of its own.`;
  throw new DomainError('invalid_state', message);
}

/** Takes the reference, or changes no row when it was here before; waits for another process that is about to take it. */
function effectClaim(tenant: Tenant, effect: Effect): Statement {
  return claim([...keyOf(tenant, effect), JSON.stringify(effect.lines), effect.createdAt]);
}

/** Whether the reference was taken for the very same lines: one row with `same`. */
function effectCompare(tenant: Tenant, effect: Effect): Statement {
  return find([...keyOf(tenant, effect), JSON.stringify(effect.lines)]);
}

function keyOf(tenant: Tenant, { kind, subjectId, reference }: Effect): unknown[] {
  return [tenant.orgId, tenant.livemode, kind, subjectId, reference];
}
