import type { Row } from '#kernel/database/connection.ts';
import { listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { ApprovalRule, ApprovalRuleId } from './approval-rule.ts';

const COLUMNS = 'id, version, currency, amount_over, products_over, created_at, updated_at';

const find = prepared(`select ${COLUMNS} from orders.approval_rules where id = $1`);
const all = prepared(`select ${COLUMNS} from orders.approval_rules where org_id = $1 and livemode = $2 order by id`);
const count = prepared('select count(*)::int as count from orders.approval_rules where org_id = $1 and livemode = $2');
const insert = prepared(`insert into orders.approval_rules (${COLUMNS}, org_id, livemode)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`);
const update = prepared(`with changed as (
    update orders.approval_rules set version = $2, currency = $3, amount_over = $4, products_over = $5, updated_at = $6
    where id = $1 and version = $2 - 1 returning 1)
  select kernel.require((select count(*) from changed) = 1, 'rule changed meanwhile')`);
const remove = prepared(`with removed as (
    delete from orders.approval_rules where id = $1 and version = $2 returning 1)
  select kernel.require((select count(*) from removed) = 1, 'rule changed meanwhile')`);

export async function ruleFind(
  database: ModuleDatabase,
  scope: Scope,
  id: ApprovalRuleId,
): Promise<ApprovalRule | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toRule(row) : null;
}

/** Every rule of an organisation; there are few. */
export async function rulesOf(database: ModuleDatabase, tenant: Tenant): Promise<ApprovalRule[]> {
  return (await database.read(tenant, all([tenant.orgId, tenant.livemode]))).map(toRule);
}

export async function rulesCount(database: ModuleDatabase, tenant: Tenant): Promise<number> {
  const [row] = await database.read(tenant, count([tenant.orgId, tenant.livemode]));
  return row!.count;
}

export async function rulesList(
  database: ModuleDatabase,
  scope: Scope,
  page: PageRequest,
): Promise<Page<ApprovalRule>> {
  const query = { from: 'orders.approval_rules', columns: COLUMNS, conditions: [], page };
  return mapPage(await listPage(database, scope, query), toRule);
}

export function ruleInsert(tenant: Tenant, rule: ApprovalRule): Statement {
  const { id, version, currency, amountOver, productsOver, createdAt, updatedAt } = rule;
  return insert([id, version, currency, amountOver, productsOver, createdAt, updatedAt, tenant.orgId, tenant.livemode]);
}

/** Stores the next version; aborts the transaction when the stored version is not the one before. */
export function ruleUpdate({ id, version, currency, amountOver, productsOver, updatedAt }: ApprovalRule): Statement {
  return update([id, version, currency, amountOver, productsOver, updatedAt]);
}

export function ruleDelete({ id, version }: ApprovalRule): Statement {
  return remove([id, version]);
}

function toRule(row: Row): ApprovalRule {
  return {
    id: row.id,
    version: row.version,
    currency: row.currency,
    amountOver: row.amount_over,
    productsOver: row.products_over,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
