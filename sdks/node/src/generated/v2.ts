// Printed by `npm run generate` from the contract; not to be changed by hand.
import type { Contract, RequestOptions } from '../operation.ts';
import type { List } from '../pages.ts';

export type Error = { "error": { "code": string; "message": string; /** The parameter or field it is about. */ "param": string | null; "requestId": string; }; };

export type User = { "id": string; "email": string; "name": string; "status": "active" | "inactive" | "pending"; "plan": "free" | "starter" | "pro" | "enterprise"; /** Your own keys and values. */ "metadata": Record<string, unknown>; /** ISO 8601, UTC. */ "createdAt": string; };

export type Product = { "id": string; "name": string; "description": string; "sku": string; "price": number; "currency": string; /** A slug of your own, or one of the fixed categories. */ "category": string; /** Available, over all warehouses. */ "stock": number; "status": "active" | "inactive"; /** Your own keys and values. */ "metadata": Record<string, unknown>; /** ISO 8601, UTC. */ "createdAt": string; };

export type Address = { "line1": string; "line2": string | null; "city": string; "state": string | null; "postalCode": string | null; "country": string; };

export type Order = { "id": string; "status": "pending" | "confirmed" | "processing" | "shipped" | "delivered" | "cancelled"; "userId": string | null; "total": number; "currency": string; "items": ({ "productId": string; "quantity": number; "unitPrice": number; "amount": number; })[]; "carrier": string | null; "trackingNumber": string | null; /** Your own keys and values. */ "metadata": Record<string, unknown>; /** ISO 8601, UTC. */ "createdAt": string; "shippingAddress": Address | null; };

export type WebhookWithSecret = { "id": string; "url": string; "events": ("user.created" | "user.deleted" | "order.created" | "order.status_changed" | "order.shipped" | "product.out_of_stock" | "payment.failed")[]; "status": "active" | "paused"; /** ISO 8601, UTC. */ "createdAt": string; "secret": string; };

export type Webhook = { "id": string; "url": string; "events": ("user.created" | "user.deleted" | "order.created" | "order.status_changed" | "order.shipped" | "product.out_of_stock" | "payment.failed")[]; "status": "active" | "paused"; /** ISO 8601, UTC. */ "createdAt": string; };

export type UsersListInput = { /** The first page is 1. */ "page"?: number; /** How many entries a page has. */ "limit"?: number; "order"?: "asc" | "desc"; /** All unless given. */ "status"?: "active" | "inactive" | "pending"; "sort"?: "created_at" | "updated_at" | "status" | "plan"; };

export type UsersCreateInput = { /** Unique in your account, compared without regard to case. */ "email": string; "name": string; /** `free` unless given. */ "plan"?: "free" | "starter" | "pro" | "enterprise"; /** At most 10 entries, keys of at most 40 characters. */ "metadata"?: Record<string, string>; };

export type UsersUpdateInput = { "name"?: string; /** `free` unless given. */ "plan"?: "free" | "starter" | "pro" | "enterprise" | null; /** Labels to set; a null value removes its key, null for the whole removes all. */ "metadata"?: Record<string, string | null> | null; "status"?: "active" | "inactive"; /** An e-mail address cannot be changed; create a new user instead. */ "email"?: unknown; };

export type ProductsListInput = { /** The first page is 1. */ "page"?: number; /** How many entries a page has. */ "limit"?: number; "order"?: "asc" | "desc"; /** Your own slug, or a fixed category. */ "category"?: string; /** Whether any is available; follows changes of stock within a second. */ "inStock"?: boolean; /** Products with their price in it; `min_price` and `max_price` are in it too. */ "currency"?: string; /** Inclusive. A catalogue with prices in several currencies asks for `currency` too. */ "minPrice"?: number; /** Inclusive, in the same way. */ "maxPrice"?: number; /** Words in name and description. */ "q"?: string; };

export type ProductsCreateInput = { "name": string; /** Unique in your catalogue; made when absent. */ "sku"?: string; "price": number; /** An ISO 4217 code. */ "currency"?: string; /** Any slug; `hardware`, `software` and so on mean the fixed categories. */ "category"?: string; /** What is there at the beginning. */ "stock"?: number; /** The name unless given. */ "description"?: string; /** Up to 20 labels of your own; keys and values are texts of at most 500 characters. */ "metadata"?: Record<string, string>; };

export type ProductsUpdateStockInput = { "operation": "add" | "subtract" | "set"; /** At least 1, or 0 with `set`. */ "quantity": number; "reason": string; };

export type OrdersCreateInput = { "userId": string; "items": ({ "productId": string; "quantity": number; })[]; "shippingAddress"?: { "line1": string; "line2"?: string; "city": string; "state"?: string; "postalCode": string; /** An ISO 3166-1 alpha-2 code. */ "country": string; }; /** The first product's currency unless given. */ "currency"?: string; /** What to charge; else the user's default, else on account. */ "paymentMethodId"?: string; /** Up to 20 labels of your own; keys and values are texts of at most 500 characters. */ "metadata"?: Record<string, string>; };

export type OrdersListInput = { /** The first page is 1. */ "page"?: number; /** How many entries a page has. */ "limit"?: number; "order"?: "asc" | "desc"; "userId"?: string; "status"?: "pending" | "confirmed" | "processing" | "shipped" | "delivered" | "cancelled"; };

export type OrdersCancelInput = { "reason"?: string; };

export type UsersOrdersInput = { /** The first page is 1. */ "page"?: number; /** How many entries a page has. */ "limit"?: number; "order"?: "asc" | "desc"; };

export type WebhooksCreateInput = { /** HTTPS and a public address only. */ "url": string; "events": ("user.created" | "user.deleted" | "order.created" | "order.status_changed" | "order.shipped" | "product.out_of_stock" | "payment.failed")[]; /** Signs the deliveries; made when absent, and shown this once. */ "secret"?: string; };

export type WebhooksListInput = { /** The first page is 1. */ "page"?: number; /** How many entries a page has. */ "limit"?: number; "order"?: "asc" | "desc"; };

export interface V2Resources {
  orders: {
    /** Cancel an order. */
    cancel(orderId: string, input?: OrdersCancelInput, options?: RequestOptions): Promise<Order>;
    /** Create an order. */
    create(input: OrdersCreateInput, options?: RequestOptions): Promise<Order>;
    /** Get an order. */
    get(orderId: string, options?: RequestOptions): Promise<Order>;
    /** List orders. */
    list(input?: OrdersListInput, options?: RequestOptions): List<Order>;
  };
  products: {
    /** Create a product. */
    create(input: ProductsCreateInput, options?: RequestOptions): Promise<Product>;
    /** Get a product. */
    get(productId: string, options?: RequestOptions): Promise<Product>;
    /** List products. */
    list(input?: ProductsListInput, options?: RequestOptions): List<Product>;
    /** Update product stock. */
    updateStock(productId: string, input: ProductsUpdateStockInput, options?: RequestOptions): Promise<Product>;
  };
  users: {
    /** Create a user. */
    create(input: UsersCreateInput, options?: RequestOptions): Promise<User>;
    /** Delete a user. */
    delete(userId: string, options?: RequestOptions): Promise<void>;
    /** Get a user. */
    get(userId: string, options?: RequestOptions): Promise<User>;
    /** List users. */
    list(input?: UsersListInput, options?: RequestOptions): List<User>;
    /** @deprecated List a user's orders. */
    orders(userId: string, input?: UsersOrdersInput, options?: RequestOptions): List<Order>;
    /** Update a user. */
    update(userId: string, input?: UsersUpdateInput, options?: RequestOptions): Promise<User>;
  };
  webhooks: {
    /** Configure a webhook. */
    create(input: WebhooksCreateInput, options?: RequestOptions): Promise<WebhookWithSecret>;
    /** Delete a webhook. */
    delete(webhookId: string, options?: RequestOptions): Promise<void>;
    /** Get a webhook. */
    get(webhookId: string, options?: RequestOptions): Promise<Webhook>;
    /** List webhooks. */
    list(input?: WebhooksListInput, options?: RequestOptions): List<Webhook>;
  };
}

export const v2Contract: Contract = {
  opaque: new Set(["metadata"]),
  resources: {
    orders: {
      cancel: {"method":"POST","path":"/v2/orders/{order_id}/cancel","input":"body"},
      create: {"method":"POST","path":"/v2/orders","input":"body"},
      get: {"method":"GET","path":"/v2/orders/{order_id}"},
      list: {"method":"GET","path":"/v2/orders","input":"query","pages":"number"},
    },
    products: {
      create: {"method":"POST","path":"/v2/products","input":"body"},
      get: {"method":"GET","path":"/v2/products/{product_id}"},
      list: {"method":"GET","path":"/v2/products","input":"query","pages":"number"},
      updateStock: {"method":"POST","path":"/v2/products/{product_id}/stock","input":"body"},
    },
    users: {
      create: {"method":"POST","path":"/v2/users","input":"body"},
      delete: {"method":"DELETE","path":"/v2/users/{user_id}"},
      get: {"method":"GET","path":"/v2/users/{user_id}"},
      list: {"method":"GET","path":"/v2/users","input":"query","pages":"number"},
      orders: {"method":"GET","path":"/v2/users/{user_id}/orders","input":"query","pages":"number"},
      update: {"method":"PATCH","path":"/v2/users/{user_id}","input":"body"},
    },
    webhooks: {
      create: {"method":"POST","path":"/v2/webhooks","input":"body"},
      delete: {"method":"DELETE","path":"/v2/webhooks/{webhook_id}"},
      get: {"method":"GET","path":"/v2/webhooks/{webhook_id}"},
      list: {"method":"GET","path":"/v2/webhooks","input":"query","pages":"number"},
    },
  },
};
