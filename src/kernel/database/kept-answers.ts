import type { ModuleKit } from '../module.ts';
import { statement } from './statement.ts';
import type { Tenant } from './tenant.ts';
import { erasedAnswer, sealContextOf } from './write-path.ts';

const BATCH = 500;

/**
 * Takes what was answered to requests with an idempotency key out of the keeping of one module, as far as an answer names
 * one of these objects (C-89). The keys stay used, so that no repeated request has its effect twice. Answers are sealed,
 * and few: they are kept for a day.
 */
export async function forgetAnswers(
  { database, sealing }: Pick<ModuleKit, 'database' | 'sealing'>,
  { orgId, livemode }: Tenant,
  objectIds: readonly string[],
): Promise<void> {
  const table = `${database.schema}.idempotency_keys`;
  const text = JSON.stringify(erasedAnswer());
  for (let after = ['', '']; ; ) {
    const page = statement(
      `select route, key, result from ${table} where org_id = $1 and livemode = $2 and (route, key) > ($3, $4)
        and result is not null order by route, key limit ${BATCH}`,
      [orgId, livemode, ...after],
    );
    const rows = await database.read({ orgId, livemode }, page);
    const telling = rows.filter(({ route, key, result }) => {
      const answer = sealing.openForOrganization(orgId, result, sealContextOf(route, key));
      return objectIds.some((id) => answer.includes(`"${id}"`));
    });
    const changes = telling.map(({ route, key }) =>
      statement(`update ${table} set result = $5 where org_id = $1 and livemode = $2 and route = $3 and key = $4`, [
        orgId,
        livemode,
        route,
        key,
        sealing.sealForOrganization(orgId, text, sealContextOf(route, key)),
      ]),
    );
    if (changes.length > 0) await database.flight({ orgId, livemode }, changes);
    if (rows.length < BATCH) return;
    const last = rows.at(-1)!;
    after = [last.route, last.key];
  }
}
