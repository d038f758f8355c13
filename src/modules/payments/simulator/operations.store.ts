import type { Row } from '#kernel/database/connection.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { ProcessorResult } from '../processor.ts';

export type OperationKind = 'authorize' | 'charge' | 'capture' | 'void' | 'refund';

/** One line in the simulated processor's books. */
export interface Operation {
  id: string;
  idempotencyKey: string;
  kind: OperationKind;
  /** The first operation of a payment names the transaction. */
  transactionId: string;
  amount: number;
  result: OperationResult;
  createdAt: string;
}

/** As the processor keeps it: a settlement in the future and its end are known here and nowhere else. */
export type OperationResult = { result: ProcessorResult; settled: ProcessorResult | null; token: string };

const byKey = prepared(
  'select * from payments.simulator_operations where org_id = $1 and livemode = $2 and idempotency_key = $3',
);
const ofTransaction = prepared(
  'select * from payments.simulator_operations where transaction_id = $1 order by id for update',
);
const insert = prepared(`insert into payments.simulator_operations
  (id, org_id, livemode, idempotency_key, kind, transaction_id, amount, result, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`);

export function operationFindByKey(tenant: Tenant, idempotencyKey: string): Statement {
  return byKey([tenant.orgId, tenant.livemode, idempotencyKey]);
}

/** All operations about one transaction, locked, so that two captures or refunds cannot both count the same money. */
export function operationsLock(transactionId: string): Statement {
  return ofTransaction([transactionId]);
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
