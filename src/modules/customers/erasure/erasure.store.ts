import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { CustomerId } from '#kernel/ids.ts';

const lock = prepared(`select id from customers.customers where id = any($1::text[]) order by id for update`);
const contactsOf = prepared('select id from customers.contacts where customer_id = any($1::text[])');
const removeContacts = prepared('delete from customers.contacts where customer_id = any($1::text[])');
const removeAddresses = prepared('delete from customers.addresses where customer_id = any($1::text[])');
const removeTags = prepared('delete from customers.customer_tags where customer_id = any($1::text[])');
const removeKeys = prepared('delete from customers.subject_keys where subject_id = any($1::text[])');
// The row stays for what names it. The seller's own labels may tell about the person too.
const empty = prepared(`update customers.customers set version = version + 1, email_index = null, tags = '{}',
    metadata = '{}', external_id = null, default_payment_method_id = null, status = case status when 'merged' then status else 'archived' end,
    erased_at = $2, updated_at = $2
  where id = any($1::text[]) and erased_at is null returning id, version, status`);

export const erasedLock = (ids: readonly CustomerId[]): Statement => lock([ids]);
export const contactIdsOf = (ids: readonly CustomerId[]): Statement => contactsOf([ids]);
export const customersEmpty = (ids: readonly CustomerId[], at: string): Statement => empty([ids, at]);

/** Everything that hangs on the customers, and the keys that open what is left of them and their contacts. */
export function belongingsRemove(ids: readonly CustomerId[], contactIds: readonly string[]): Statement[] {
  return [removeContacts([ids]), removeAddresses([ids]), removeTags([ids]), removeKeys([[...ids, ...contactIds]])];
}
