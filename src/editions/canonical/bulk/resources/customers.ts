import { currency, object, optional } from '#kernel/http/fields.ts';
import type { Resource } from '#modules/bulk/index.ts';
import type {
  Address,
  Customer,
  CustomerStatus,
  Customers,
  CustomerType,
  NewCustomer,
} from '#modules/customers/index.ts';
import { NewCustomer as NewCustomerShape, newCustomerInput } from '../../customers/customers.ts';
import { pagesOf } from './export-pages.ts';
import { rowShape } from './row-shape.ts';

/** As in the API, but a row needs its external id, and one without a currency leaves that of a customer as it is. */
const CustomerRow = object({ ...NewCustomerShape.properties, currency: optional(currency()) });

/** Who buys: the external id says which customer a row is about. */
export function customerResource(customers: Pick<Customers, 'importBatch' | 'listCustomers'>): Resource {
  const shape = rowShape(CustomerRow, (row): NewCustomer => newCustomerInput(row));
  return {
    readScope: 'customers:read',
    isPersonal: true,
    writeScope: 'customers:write',
    import: {
      ...shape,
      required: [...shape.required, 'external_id'],
      read(record, source) {
        const result = shape.read(record, source);
        if ('errors' in result || result.value.externalId) return result;
        const message = 'Send an external_id, or the same row again would be another customer.';
        return { errors: [{ field: 'external_id', code: 'required', message }] };
      },
      store: (context, rows, { dryRun }) => customers.importBatch(context, rows as NewCustomer[], { dryRun }),
    },
    export: {
      columns: ['id', ...shape.columns, 'status'],
      filters: ['status', 'type'],
      page: pagesOf((tenant, { status, type }, page) => {
        const search = { status: status as CustomerStatus | undefined, type: type as CustomerType | undefined };
        return customers.listCustomers(tenant, search, page);
      }, recordOf),
    },
  };
}

function recordOf(customer: Customer) {
  return {
    id: customer.id,
    type: customer.type,
    name: customer.name,
    email: customer.email,
    phone: customer.phone,
    tax_ids: customer.taxIds,
    billing_address: addressOf(customer.billingAddress),
    shipping_address: addressOf(customer.shippingAddress),
    currency: customer.currency,
    credit_limit: customer.creditLimit,
    payment_terms: customer.paymentTerms,
    tags: customer.tags,
    external_id: customer.externalId,
    metadata: customer.metadata,
    status: customer.status,
  };
}

/** Only the lines that there are: the import takes no null inside of an address. */
function addressOf(address: Address | null) {
  if (!address) return null;
  const { postalCode, ...lines } = address;
  return Object.fromEntries(Object.entries({ ...lines, postal_code: postalCode }).filter(([, line]) => line !== null));
}
