import { locateIn } from '#kernel/database/list.ts';
import type { SchemaSource } from '#kernel/database/migrations.ts';
import type { Module, ModuleKit } from '#kernel/module.ts';
import { type Customers, createCustomersService } from './customers.service.ts';
import { CUSTOMER_EVENTS } from './events.ts';

export * from './customer.ts';
export type { CustomerSearch, Customers } from './customers.service.ts';
export { CUSTOMER_EVENTS } from './events.ts';
export type { UserCustomers } from './user-customers.ts';

export const customersSchema: SchemaSource = {
  schema: 'customers',
  directory: new URL('./migrations/', import.meta.url),
  personalData: { 'customers.profile': 'sealed', 'customers.email_index': 'index' },
};

export function createCustomers(kit: ModuleKit): Module<Customers> {
  const customer = (event: { streamId: string }) => ({
    service: 'customers',
    resource: 'customer',
    id: event.streamId,
  });
  return {
    service: createCustomersService(kit),
    locate: { cus: locateIn(kit.database, 'customers.customers') },
    invalidates: Object.fromEntries(CUSTOMER_EVENTS.map((type) => [type, customer])),
  };
}
