import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { SealedCustomer } from '../customers.store.ts';

/** Customers with their keys and tags in one statement; those whose external id is taken are left out. */
const insertNew = prepared(`with row as (
    select * from unnest($3::text[], $4::text[], $5::bytea[], $6::bytea[], $7::text[], $8::bigint[], $9::text[],
      $10::text[], $11::jsonb[], $12::text[], $13::text[], $14::bytea[]) as row (id, type, profile, email_index, currency,
      credit_limit, payment_terms, tags, metadata, external_id, parent_id, wrapped_key)),
  made as (
    insert into customers.customers (id, org_id, livemode, version, type, status, profile, email_index, currency,
      credit_limit, payment_terms, tags, metadata, external_id, parent_id, created_at, updated_at)
    select id, $1, $2::boolean, 1, type, 'active', profile, email_index, currency, credit_limit, payment_terms,
      string_to_array(tags, e'\\n'), metadata, external_id, parent_id, $15::timestamptz, $15::timestamptz
    from row on conflict do nothing returning id, tags),
  keyed as (
    insert into customers.subject_keys (subject_id, org_id, livemode, wrapped_key)
    select id, $1, $2::boolean, wrapped_key from row where id in (select id from made)),
  tagged as (
    insert into customers.customer_tags (org_id, livemode, tag, customer_id)
    select distinct $1, $2::boolean, unnest(tags), id from made)
  select id from made`);

export function customersInsertNew({ orgId, livemode }: Tenant, customers: readonly SealedCustomer[]): Statement {
  const column = (read: (customer: SealedCustomer) => unknown) => customers.map(read);
  return insertNew([
    orgId,
    livemode,
    column(({ id }) => id),
    column(({ type }) => type),
    column(({ profile }) => profile),
    column(({ emailIndex }) => emailIndex),
    column(({ currency }) => currency),
    column(({ creditLimit }) => creditLimit),
    column(({ paymentTerms }) => paymentTerms),
    column(({ tags }) => tags.join('\n')),
    column(({ metadata }) => JSON.stringify(metadata)),
    column(({ externalId }) => externalId),
    column(({ parentId }) => parentId),
    column(({ wrappedKey }) => wrappedKey),
    customers[0]!.createdAt,
  ]);
}
