import type { Row } from '#kernel/database/connection.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { Currency } from '#kernel/money.ts';
import type { OperationKind, ProcessorResult } from '../processor.ts';

export type BookedKind = OperationKind | 'evidence';

/** One line in the simulated processor's books. */
export interface Operation {
  id: string;
  idempotencyKey: string;
  kind: BookedKind;
  /** The first operation of a payment names the transaction. */
  transactionId: string;
  amount: number;
  result: OperationResult;
  createdAt: string;
}

/** As the processor keeps it: a settlement in the future and its end are known here and nowhere else. */
export type OperationResult = {
  result: ProcessorResult;
  settled: ProcessorResult | null;
  token: string;
  /** The authentication that the customer has to go through; `outcome` is null until then. */
  challenge?: Challenge;
};

export type Challenge = {
  hash: string;
  currency: Currency;
  expiresAt: string;
  returnUrl: string | null;
  outcome: 'passed' | 'failed' | null;
};

const byKey = prepared(
  'select * from payments.simulator_operations where org_id = $1 and livemode = $2 and idempotency_key = $3',
);
const lockTransaction = prepared('select 1 from payments.simulator_operations where id = $1 for update');
const ofTransaction = prepared('select * from payments.simulator_operations where transaction_id = $1 order by id');
const BY_CHALLENGE = `select * from payments.simulator_operations where result -> 'challenge' ->> 'hash' = $1
  and result -> 'challenge' is not null`;
const byChallenge = prepared(BY_CHALLENGE);
const lockByChallenge = prepared(`${BY_CHALLENGE} for update`);
const updateResult = prepared('update payments.simulator_operations set result = $2 where id = $1');
const insert = prepared(`insert into payments.simulator_operations
  (id, org_id, livemode, idempotency_key, kind, transaction_id, amount, result, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`);

export function operationFindByKey(tenant: Tenant, idempotencyKey: string): Statement {
  return byKey([tenant.orgId, tenant.livemode, idempotencyKey]);
}

/** All operations about one transaction, locked, so that two captures or refunds cannot both count the same money. */
export function operationsLock(transactionId: string): Statement[] {
  // The lock comes first, so that the rows which follow in the same flight are the newest.
  return [lockTransaction([transactionId]), ofTransaction([transactionId])];
}

export function operationsOfTransaction(transactionId: string): Statement {
  return ofTransaction([transactionId]);
}

/** The operation whose challenge has this hash, locked, so that a challenge is answered once. */
export function operationLockByChallenge(hash: string): Statement {
  return lockByChallenge([hash]);
}

export function operationFindByChallenge(hash: string): Statement {
  return byChallenge([hash]);
}

export function operationUpdateResult({ id, result }: Operation): Statement {
  return updateResult([id, JSON.stringify(result)]);
}

export function tenantOf(row: Row): Tenant {
  return { orgId: row.org_id, livemode: row.livemode };
}

export function operationInsert(tenant: Tenant, operation: Operation): Statement {
  const { id, idempotencyKey, kind, transactionId, amount, result, createdAt } = operation;
  const stored = JSON.stringify(result);
  return insert([id, tenant.orgId, tenant.livemode, idempotencyKey, kind, transactionId, amount, stored, createdAt]);
}

export function toOperation(row: Row): Operation {
  return {
    id: row.id,
    idempotencyKey: row.idempotency_key,
    kind: row.kind,
    transactionId: row.transaction_id,
    amount: row.amount,
    result: row.result,
    createdAt: row.created_at,
  };
}
