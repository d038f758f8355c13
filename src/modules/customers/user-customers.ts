import { type CommandContext, innerContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { CustomerId, UserId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Customer, NewCustomer } from './customer.ts';
import { customerEvent } from './events.ts';

/** People who sign in and buy for themselves have a customer of their own (C-59). */
export interface UserCustomers {
  /** The customer of a user, made from `profile` when there is none yet; two calls at once give the same one. */
  customerOfUser(
    context: CommandContext,
    userId: UserId,
    profile: Pick<NewCustomer, 'name' | 'email'>,
  ): Promise<CustomerId>;
  /** Null when the user has none yet. */
  findCustomerOfUser(tenant: Tenant, userId: UserId): Promise<CustomerId | null>;
  /** The users behind customers, by customer; a customer that is no user's is left out. */
  usersOfCustomers(tenant: Tenant, ids: readonly CustomerId[]): Promise<Record<CustomerId, UserId>>;
}

/** How a new customer is made and stored, which the service knows. */
export interface NewCustomerParts {
  make(input: NewCustomer): Customer;
  insert(tenant: Tenant, customer: Customer): Statement[];
}

const find = prepared(`select customer_id from customers.user_customers
  where org_id = $1 and livemode = $2 and user_id = $3`);
const findUsers = prepared(`select user_id, customer_id from customers.user_customers
  where org_id = $1 and livemode = $2 and customer_id = any($3::text[])`);
const insert = prepared(`insert into customers.user_customers (org_id, livemode, user_id, customer_id, created_at)
  values ($1, $2, $3, $4, $5)`);

export function createUserCustomers({ database, writes }: ModuleKit, parts: NewCustomerParts): UserCustomers {
  async function findCustomerOfUser(tenant: Tenant, userId: UserId): Promise<CustomerId | null> {
    const [row] = await database.read(tenant, find([tenant.orgId, tenant.livemode, userId]));
    return row ? row.customer_id : null;
  }

  return {
    findCustomerOfUser,

    async customerOfUser(context, userId, { name, email }) {
      const { tenant } = context;
      const known = await findCustomerOfUser(tenant, userId);
      if (known) return known;
      const customer = parts.make({ type: 'person', name, email });
      const link = insert([tenant.orgId, tenant.livemode, userId, customer.id, customer.createdAt]);
      const statements = [...parts.insert(tenant, customer), link];
      const events = [customerEvent('customer.created', customer)];
      try {
        await writes.store(innerContext(context), { statements, events, result: null });
        return customer.id;
      } catch (error) {
        const other = violatedUnique(error) === 'user_customers_pkey' && (await findCustomerOfUser(tenant, userId));
        if (!other) throw error;
        return other;
      }
    },

    async usersOfCustomers(tenant, ids) {
      if (ids.length === 0) return {};
      const rows = await database.read(tenant, findUsers([tenant.orgId, tenant.livemode, ids]));
      return Object.fromEntries(rows.map((row) => [row.customer_id, row.user_id]));
    },
  };
}
