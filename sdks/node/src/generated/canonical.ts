// Printed by `npm run generate` from the contract; not to be changed by hand.
import type { Contract, RequestOptions } from '../operation.ts';
import type { List } from '../pages.ts';

export type Error = { "error": { "code": string; /** What went wrong and what to do, for people. */ "message": string; /** Name it when you ask for help. */ "requestId": string; "details": ({ "field": string; "code": string; "message": string; })[]; "docUrl": string; }; };

export type Token = { "accessToken": string; "tokenType": "Bearer"; /** Seconds; always 3600. */ "expiresIn": number; /** Works once, for 30 days. */ "refreshToken"?: string; "refreshTokenExpiresIn"?: number; /** What was granted. */ "scope": string; "idToken"?: string; };

export type OAuthError = { /** The code of RFC 6749 and its relatives, such as invalid_grant. */ "error": string; "errorDescription": string; /** The same text, where our other errors have it. */ "message": string; /** Name it when you ask for help. */ "requestId": string; };

export type Introspection = { "active": boolean; "tokenType"?: string; "iss"?: string; "aud"?: string; "sub"?: string; "clientId"?: string; "jti"?: string; "iat"?: number; "exp"?: number; "scope"?: string; "orgId"?: string; "livemode"?: boolean; };

export type Discovery = { "issuer": string; "authorizationEndpoint": string; "tokenEndpoint": string; "revocationEndpoint": string; "introspectionEndpoint": string; "userinfoEndpoint": string; "jwksUri": string; "scopesSupported": (string)[]; "responseTypesSupported": (string)[]; "responseModesSupported": (string)[]; "grantTypesSupported": (string)[]; "subjectTypesSupported": (string)[]; "idTokenSigningAlgValuesSupported": (string)[]; "tokenEndpointAuthMethodsSupported": (string)[]; "revocationEndpointAuthMethodsSupported": (string)[]; "introspectionEndpointAuthMethodsSupported": (string)[]; "codeChallengeMethodsSupported": (string)[]; "claimsSupported": (string)[]; "promptValuesSupported": (string)[]; "authorizationResponseIssParameterSupported": boolean; "requestParameterSupported": boolean; "requestUriParameterSupported": boolean; };

export type JsonWebKeySet = { "keys": (Record<string, unknown>)[]; };

export type User = { "id": string; "orgId": string; "name": string; "email": string; "role": "admin" | "member" | "viewer"; "roles": ("finance" | "compliance_officer" | "legal_reviewer" | "hr_manager" | "warehouse_manager" | "support_agent" | "security_officer" | "phi_access")[]; "status": "pending" | "active" | "inactive" | "archived"; "plan": "free" | "starter" | "pro" | "enterprise"; "pendingEmail": string | null; "lastLogin": string | null; /** Your own keys and values. */ "metadata": Record<string, unknown>; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type Done = { "status": "ok"; };

export type UserInfo = { "sub": string; "orgId": string; "role": string; "name"?: string; "email"?: string; "emailVerified"?: boolean; };

export type Organization = { "id": string; "name": string; /** ISO 4217 code. */ "defaultCurrency": string; "timeZone": string; "plan": "free" | "starter" | "pro" | "enterprise"; "requestLimits": { "perMinute": number | null; "perDay": number | null; }; "status": "active" | "suspended"; /** Your own keys and values. */ "metadata": Record<string, unknown>; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type OAuthClient = { "id": string; "orgId": string; "livemode": boolean; "name": string; "type": "confidential" | "public"; "secretHint": string | null; "redirectUris": (string)[]; "grantTypes": ("client_credentials" | "authorization_code" | "refresh_token")[]; "scopes": (string)[]; "issueRefreshToken": boolean; "refreshReuseGraceSeconds": number; "ownerUserId": string | null; "status": "active" | "revoked"; "expiresAt": string | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type OAuthClientWithSecret = { "id": string; "orgId": string; "livemode": boolean; "name": string; "type": "confidential" | "public"; "secretHint": string | null; "redirectUris": (string)[]; "grantTypes": ("client_credentials" | "authorization_code" | "refresh_token")[]; "scopes": (string)[]; "issueRefreshToken": boolean; "refreshReuseGraceSeconds": number; "ownerUserId": string | null; "status": "active" | "revoked"; "expiresAt": string | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; "clientSecret": string | null; };

export type ApiKey = { "id": string; "name": string; "edition": "canonical" | "v1" | "v2"; "livemode": boolean; /** The ends of the secret. */ "hint": string; "scopes": (string)[]; "ipRanges": (string)[]; /** `retiring` works until `retires_at`. */ "status": "active" | "retiring" | "expired" | "revoked"; "ownerUserId": string | null; "expiresAt": string | null; "retiresAt": string | null; "replacedBy": string | null; "lastUsedAt": string | null; /** What makes it more dangerous than it need be. */ "warnings": ({ "code": "wide_scopes" | "any_address" | "no_expiry" | "old" | "unused"; "message": string; })[]; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type ApiKeyUsage = { "data": ({ "day": string; "requests": number; })[]; /** What it used that will go (G-58). */ "deprecated": ({ "operation": string; "requests": number; /** ISO 8601, UTC. */ "firstUsedAt": string; /** ISO 8601, UTC. */ "lastUsedAt": string; })[]; };

export type ApiKeyWithSecret = { "id": string; "name": string; "edition": "canonical" | "v1" | "v2"; "livemode": boolean; /** The ends of the secret. */ "hint": string; "scopes": (string)[]; "ipRanges": (string)[]; /** `retiring` works until `retires_at`. */ "status": "active" | "retiring" | "expired" | "revoked"; "ownerUserId": string | null; "expiresAt": string | null; "retiresAt": string | null; "replacedBy": string | null; "lastUsedAt": string | null; /** What makes it more dangerous than it need be. */ "warnings": ({ "code": "wide_scopes" | "any_address" | "no_expiry" | "old" | "unused"; "message": string; })[]; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; /** Shown this once. */ "secret": string; };

export type Session = { "id": string; "userId": string; /** How the user signed in: pwd, otp, hwk. */ "methods": (string)[]; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "lastSeenAt": string; /** ISO 8601, UTC. */ "expiresAt": string; "endedAt": string | null; "endReason": string | null; };

export type Product = { "id": string; "name": string; "description": string; /** Smallest unit of the currency: cents, or yen for JPY. */ "price": number; /** ISO 4217 code. */ "currency": string; "category": "software" | "hardware" | "service" | "subscription" | "addon"; "active": boolean; "sku": string; "externalId": string | null; "collection": string | null; "tags": (string)[]; "weightGrams": number | null; "dimensions": { "lengthMm": number; "widthMm": number; "heightMm": number; } | null; "hsCode": string | null; "countryOfOrigin": string | null; /** How many prices the product has; read them at /products/:id/prices. */ "priceCount": number; /** Your own keys and values. */ "metadata": Record<string, unknown>; "archivedAt": string | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type Price = { "id": string; "productId": string; /** Moves on with every change; what was sold stays on its version. */ "version": number; /** ISO 4217 code. */ "currency": string; /** Smallest unit of the currency: cents, or yen for JPY. */ "unitAmount": number; "billingInterval": "one_time" | "day" | "week" | "month" | "year"; "tiers": ({ "minQuantity": number; /** Smallest unit of the currency: cents, or yen for JPY. */ "unitAmount": number; })[]; "default": boolean; "customerId": string | null; "validFrom": string | null; "validUntil": string | null; "archivedAt": string | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type PriceVersion = { "version": number; /** ISO 4217 code. */ "currency": string; /** Smallest unit of the currency: cents, or yen for JPY. */ "unitAmount": number; "tiers": ({ "minQuantity": number; /** Smallest unit of the currency: cents, or yen for JPY. */ "unitAmount": number; })[]; "validFrom": string | null; "validUntil": string | null; /** ISO 8601, UTC. */ "since": string; };

export type Address = { "line1": string; "line2": string | null; "city": string; "state": string | null; "postalCode": string | null; /** ISO 3166-1 alpha-2. */ "country": string; };

export type Customer = { "id": string; "type": "company" | "person"; "status": "active" | "archived" | "merged"; "name": string; "email": string | null; "phone": string | null; "taxIds": ({ "type": string; "value": string; })[]; "billingAddress": Address | null; "shippingAddress": Address | null; /** ISO 4217 code. */ "currency": string; "creditLimit": number | null; "paymentTerms": "net-15" | "net-30" | "net-60" | null; "tags": (string)[]; "externalId": string | null; "parentId": string | null; "defaultPaymentMethodId": string | null; "mergedInto": string | null; /** The duplicates that were merged into this one. */ "mergedIds": (string)[]; /** Your own keys and values. */ "metadata": Record<string, unknown>; "erasedAt": string | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type Contact = { "id": string; "customerId": string; "userId": string | null; "name": string; "email": string | null; "phone": string | null; "jobTitle": string | null; "roles": ("buyer" | "approver" | "accountant")[]; "spendingLimit": number | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type CustomerAddress = { "id": string; "customerId": string; "types": ("billing" | "shipping" | "office" | "other")[]; "label": string | null; "address": Address; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type CustomerBalance = { /** ISO 4217 code. */ "currency": string; /** Smallest unit of the currency: cents, or yen for JPY. */ "amount": number; /** `debit`: the customer owes it; `credit`: you do. */ "direction": "debit" | "credit"; };

export type StatementEntry = { "id": string; "customerId": string; "kind": "order" | "order_canceled" | "credit_note" | "payment" | "refund"; /** `debit`: the customer owes it; `credit`: you do. */ "direction": "debit" | "credit"; /** Smallest unit of the currency: cents, or yen for JPY. */ "amount": number; /** ISO 4217 code. */ "currency": string; "orderId": string | null; "paymentId": string | null; /** ISO 8601, UTC. */ "occurredAt": string; };

export type Statement = unknown;

export type StockLevel = { "id": string; "productId": string; "warehouseId": string; /** Can be sold. */ "available": number; /** Promised to confirmed orders. */ "reserved": number; /** There, but cannot be sold. */ "damaged": number; "reorderPoint": number | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type StockAdjustment = { "id": string; "productId": string; "warehouseId": string; /** Of what is available. */ "quantityChange": number; "damagedChange": number; "reason": "restock" | "damage" | "loss" | "correction" | "return" | "opening" | "transfer" | "count"; "referenceId": string; "note": string | null; /** ISO 8601, UTC. */ "createdAt": string; };

export type StockMovement = { "id": string; "productId": string; "warehouseId": string; "kind": "adjustment" | "reservation" | "release" | "commit" | "return"; "availableChange": number; "reservedChange": number; "damagedChange": number; /** The adjustment or reservation it belongs to. */ "causeId": string; "referenceId": string; /** ISO 8601, UTC. */ "createdAt": string; };

export type StockCount = { "id": string; "warehouseId": string; "status": "open" | "submitted" | "approved" | "rejected" | "canceled"; /** 1, and one more with each recount. */ "round": number; "productCount": number; "countedCount": number; /** Products whose numbers differ from the ledger. */ "discrepancyCount": number; /** The id of the person, or of the client or key that acted for itself. */ "startedBy": string; "decidedBy": string | null; "note": string | null; /** ISO 8601, UTC. */ "createdAt": string; "submittedAt": string | null; "decidedAt": string | null; /** ISO 8601, UTC. */ "updatedAt": string; };

export type StockCountLine = { "productId": string; "levelId": string; "expected": number | null; "counted": number | null; "difference": number | null; "expectedDamaged": number | null; "countedDamaged": number | null; "damagedDifference": number | null; "countedAt": string | null; "countedBy": string | null; };

export type InventorySettings = { "backorder": "deny" | "allow"; "draftHoldMinutes": number; };

export type StockTransfer = { "id": string; "fromWarehouseId": string; "toWarehouseId": string; "items": ({ "productId": string; "quantity": number; /** The one that takes and the one that adds. */ "adjustmentIds": (string)[]; })[]; "referenceId": string | null; "note": string | null; /** ISO 8601, UTC. */ "createdAt": string; };

export type Warehouse = { "id": string; "name": string; "default": boolean; "priority": number; "archivedAt": string | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type OrderItem = { "id": string; /** What shipments and returns name. */ "line": number; "productId": string; "quantity": number; /** Smallest unit of the currency: cents, or yen for JPY. */ "unitPrice": number; /** Smallest unit of the currency: cents, or yen for JPY. */ "amount": number; "shippedQuantity": number; "returnedQuantity": number; /** How many will never leave. */ "canceledQuantity": number; };

export type OrderShipment = { /** What names the shipment within the order. */ "reference": string; "carrier": string; "trackingNumber": string; "items": ({ "line": number; "quantity": number; })[]; /** ISO 8601, UTC. */ "shippedAt": string; "deliveredAt": string | null; };

export type Order = { "id": string; "customerId": string; "status": "draft" | "confirmed" | "processing" | "shipped" | "delivered" | "canceled"; "paymentStatus": "none" | "authorized" | "captured" | "refunded" | "failed"; "paymentId": string | null; "paymentMethodId": string | null; "captureOn": "confirm" | "ship" | "manual"; "items": (OrderItem)[]; /** Smallest unit of the currency: cents, or yen for JPY. */ "total": number; "discountTotal": number; "taxTotal": number; "shippingTotal": number; /** total − discount_total + tax_total + shipping_total, minor units: what is authorised. */ "grandTotal": number; /** ISO 4217 code. */ "currency": string; "poNumber": string | null; "externalId": string | null; "fulfillmentStatus": "unfulfilled" | "partial" | "fulfilled"; "shipments": (OrderShipment)[]; "shipment": { "carrier": string; "trackingNumber": string; } | null; "approval": { "decision": "approved" | "rejected"; /** The person, or the client or key that acts for itself. */ "by": string; "reason": string | null; /** ISO 8601, UTC. */ "at": string; } | null; "restCanceled": { /** The money of all pieces that never leave, minor units. */ "amount": number; "refundId": string | null; "reason": string | null; /** ISO 8601, UTC. */ "at": string; } | null; "cancelReason": string | null; /** Your own keys and values. */ "metadata": Record<string, unknown>; "confirmedAt": string | null; "shippedAt": string | null; "deliveredAt": string | null; "canceledAt": string | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; "notes": string | null; "shippingAddress": Address | null; "billingAddress": Address | null; };

export type OrderSnapshot = { "id": string; "customerId": string; "status": "draft" | "confirmed" | "processing" | "shipped" | "delivered" | "canceled"; "paymentStatus": "none" | "authorized" | "captured" | "refunded" | "failed"; "paymentId": string | null; "paymentMethodId": string | null; "captureOn": "confirm" | "ship" | "manual"; "items": (OrderItem)[]; /** Smallest unit of the currency: cents, or yen for JPY. */ "total": number; "discountTotal": number; "taxTotal": number; "shippingTotal": number; /** total − discount_total + tax_total + shipping_total, minor units: what is authorised. */ "grandTotal": number; /** ISO 4217 code. */ "currency": string; "poNumber": string | null; "externalId": string | null; "fulfillmentStatus": "unfulfilled" | "partial" | "fulfilled"; "shipments": (OrderShipment)[]; "shipment": { "carrier": string; "trackingNumber": string; } | null; "approval": { "decision": "approved" | "rejected"; /** The person, or the client or key that acts for itself. */ "by": string; "reason": string | null; /** ISO 8601, UTC. */ "at": string; } | null; "restCanceled": { /** The money of all pieces that never leave, minor units. */ "amount": number; "refundId": string | null; "reason": string | null; /** ISO 8601, UTC. */ "at": string; } | null; "cancelReason": string | null; /** Your own keys and values. */ "metadata": Record<string, unknown>; "confirmedAt": string | null; "shippedAt": string | null; "deliveredAt": string | null; "canceledAt": string | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type OrderEvent = { "id": string; "type": string; /** The version of the order that this event made. */ "version": number; /** ISO 8601, UTC. */ "createdAt": string; "actor": { "kind": string; "id": string; }; "requestId": string; /** The fields that changed. */ "changed": (string)[]; "previousStatus": "draft" | "confirmed" | "processing" | "shipped" | "delivered" | "canceled" | null; "order": OrderSnapshot; };

export type ApprovalRule = { "id": string; "currency": string | null; "amountOver": number | null; "productsOver": number | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type PricedLine = { "line": number; "productId": string; "quantity": number; /** Smallest unit of the currency: cents, or yen for JPY. */ "unitPrice": number; /** Smallest unit of the currency: cents, or yen for JPY. */ "amount": number; /** The caller's price, the customer's contract price, or everybody's. */ "source": "given" | "contract" | "list"; "priceId": string | null; "calculation": string; };

export type OrderPreview = { "customerId": string; /** ISO 4217 code. */ "currency": string; "items": (PricedLine)[]; /** Smallest unit of the currency: cents, or yen for JPY. */ "total": number; "discountTotal": number; "taxTotal": number; "shippingTotal": number; /** Smallest unit of the currency: cents, or yen for JPY. */ "grandTotal": number; /** Whether an approval rule is in the way of its confirmation. */ "needsApproval": boolean; };

export type Quote = { "id": string; "customerId": string; /** `expired` by the clock, once `valid_until` is past. */ "status": "draft" | "sent" | "accepted" | "declined" | "expired"; "items": (PricedLine)[]; /** Smallest unit of the currency: cents, or yen for JPY. */ "total": number; "discountTotal": number; "taxTotal": number; "shippingTotal": number; /** Smallest unit of the currency: cents, or yen for JPY. */ "grandTotal": number; /** ISO 4217 code. */ "currency": string; "poNumber": string | null; /** ISO 8601, UTC. */ "validUntil": string; "orderId": string | null; /** Your own keys and values. */ "metadata": Record<string, unknown>; "sentAt": string | null; "acceptedAt": string | null; "declinedAt": string | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type Return = { "id": string; "orderId": string; "customerId": string; "status": "requested" | "approved" | "rejected" | "received" | "refunded" | "exchanged"; "reason": "defective" | "wrong_item" | "damaged_in_transit" | "not_as_described" | "not_needed" | "other"; "resolution": "refund" | "exchange"; "items": ({ "line": number; "quantity": number; "productId": string; /** Smallest unit of the currency: cents, or yen for JPY. */ "unitPrice": number; })[]; "received": ({ "line": number; "quantity": number; "condition": "restock" | "damaged"; })[]; "refundAmount": number | null; "refundId": string | null; "replacementOrderId": string | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type SearchHit = { "type": "products" | "orders" | "customers"; "id": string; /** A name for people. */ "label": string; /** Where to read the whole object. */ "url": string; };

export type SearchResult = { "data": (SearchHit)[]; /** The types that were looked through. */ "searched": ("products" | "orders" | "customers")[]; /** Types with more than `limit` hits. */ "hasMore": ("products" | "orders" | "customers")[]; };

export type Refund = { "id": string; "paymentId": string; "customerId": string | null; "orderId": string | null; /** Smallest unit of the currency: cents, or yen for JPY. */ "amount": number; /** ISO 4217 code. */ "currency": string; "reason": string | null; "lines": ({ "reference": string; "quantity": number; /** Smallest unit of the currency: cents, or yen for JPY. */ "amount": number; })[]; "status": "pending" | "succeeded" | "failed"; "failure": { "code": string; "message": string; } | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type Dispute = { "id": string; "paymentId": string; "customerId": string | null; "orderId": string | null; /** Smallest unit of the currency: cents, or yen for JPY. */ "amount": number; /** ISO 4217 code. */ "currency": string; /** Smallest unit of the currency: cents, or yen for JPY. */ "feeAmount": number; "reason": string; "status": "needs_response" | "under_review" | "won" | "lost"; "evidenceDueAt": string | null; "evidenceSubmittedAt": string | null; /** ISO 8601, UTC. */ "openedAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type Payment = { "id": string; "transactionId": string | null; "status": "pending" | "requires_action" | "processing" | "authorized" | "succeeded" | "failed" | "canceled" | "refunded"; /** Smallest unit of the currency: cents, or yen for JPY. */ "amount": number; /** ISO 4217 code. */ "currency": string; /** Smallest unit of the currency: cents, or yen for JPY. */ "capturedAmount": number; /** Smallest unit of the currency: cents, or yen for JPY. */ "refundedAmount": number; /** Smallest unit of the currency: cents, or yen for JPY. */ "disputedAmount": number; /** Smallest unit of the currency: cents, or yen for JPY. */ "feeAmount": number; /** Smallest unit of the currency: cents, or yen for JPY. */ "disputeFeeAmount": number; /** What is left: captured, less refunded, disputed and all fees. */ "netAmount": number; "captureMethod": "automatic" | "manual"; "methodType": "card" | "bank_transfer" | "wallet" | "on_account"; "methodId": string | null; "customerId": string | null; "orderId": string | null; "description": string; "failure": { "code": string; "message": string; } | null; "nextAction": { "type": "redirect_to_url"; "url": string; "expiresAt": string | null; } | null; "returnUrl": string | null; "settlesAt": string | null; "refunds": (Refund)[]; "disputes": (Dispute)[]; /** Your own keys and values. */ "metadata": Record<string, unknown>; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type PaymentEvent = { "id": string; "type": string; "version": number; /** ISO 8601, UTC. */ "createdAt": string; "actor": { "kind": string; "id": string; }; "requestId": string; "previousStatus": "pending" | "requires_action" | "processing" | "authorized" | "succeeded" | "failed" | "canceled" | "refunded" | null; "payment": Payment; };

export type PaymentMethodType = { "type": "card" | "bank_transfer" | "wallet"; /** From the charge until the money is certain. */ "processingSeconds": number; "fee": { /** Of the amount, as a decimal number. */ "percent": string; /** Smallest unit of the currency: cents, or yen for JPY. */ "fixedAmount": number; "maximumAmount": number | null; }; };

export type PaymentMethod = { "id": string; "customerId": string; "type": "card" | "bank_transfer" | "wallet"; "brand": string; "last4": string; "expMonth": number | null; "expYear": number | null; /** The same for every token of the same card or account. */ "fingerprint": string; /** A card is charged until the end of the month that is printed on it. */ "expired": boolean; /** A `pending` bank account is verified with POST /payment-methods/:id/verify before it is charged. */ "verification": "not_required" | "pending" | "verified" | "failed"; "default": boolean; "status": "attached" | "detached"; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type CardToken = { /** For POST /payment-methods. Nobody else can use it. */ "token": string; "brand": string; "last4": string; "expMonth": number; "expYear": number; /** The same for every token of the same card. */ "fingerprint": string; };

export type Parcel = { "weightGrams": number; "lengthMm": number; "widthMm": number; "heightMm": number; };

export type ShippingQuote = { "id": string; "from": { "country": string; "postalCode": string | null; }; "to": { "country": string; "postalCode": string | null; }; "parcels": (Parcel)[]; /** Cheapest first. */ "rates": ({ "carrier": "ups" | "fedex" | "dhl" | "usps" | "custom"; /** The zone of the rate table that the route lies in. */ "zone": string; /** Weight or room, whichever is more, over all parcels. */ "billableGrams": number; /** Smallest unit of the currency: cents, or yen for JPY. */ "amount": number; /** ISO 4217 code. */ "currency": string; "rateTableId": string | null; })[]; /** ISO 8601, UTC. */ "expiresAt": string; /** ISO 8601, UTC. */ "createdAt": string; };

export type RateTable = { "id": string; "carrier": "ups" | "fedex" | "dhl" | "usps" | "custom"; /** ISO 4217 code. */ "currency": string; "volumetricDivisor": number; "zones": ({ "name": string; "from": (string)[]; "to": (string)[]; "sameCountry": boolean; "bands": ({ "upToGrams": number; /** Smallest unit of the currency: cents, or yen for JPY. */ "amount": number; })[]; "perExtraKg": number | null; })[]; "retiredAt": string | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type CarrierAccountWithSecret = { "id": string; "carrier": "ups" | "fedex" | "dhl" | "usps" | "custom"; "label": string | null; /** Where the carrier sends its news, behind the address of this server. */ "inboundPath": string; "previousSecretUntil": string | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; /** Shown this once. The key of the HMAC that signs the news. */ "secret": string; };

export type CarrierAccount = { "id": string; "carrier": "ups" | "fedex" | "dhl" | "usps" | "custom"; "label": string | null; /** Where the carrier sends its news, behind the address of this server. */ "inboundPath": string; "previousSecretUntil": string | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type Customs = { "contents": "sale" | "gift" | "sample" | "return" | "repair"; /** ISO 4217 code. */ "currency": string; "items": ({ "description": string; "hsCode": string; "quantity": number; /** Smallest unit of the currency: cents, or yen for JPY. */ "unitValue": number; "originCountry": string; })[]; /** Smallest unit of the currency: cents, or yen for JPY. */ "totalValue": number; };

export type ShippingAddress = { "name": string; "company": string | null; "line1": string; "line2": string | null; "city": string; "state": string | null; "postalCode": string | null; "country": string; "phone": string | null; };

export type Shipment = { "id": string; "orderId": string; "customerId": string; "status": "created" | "picked_up" | "in_transit" | "out_for_delivery" | "delivered" | "failed" | "returned"; "carrier": "ups" | "fedex" | "dhl" | "usps" | "custom"; "trackingNumber": string; "trackingUrl": string | null; "estimatedDelivery": string | null; "warehouseId": string | null; "items": ({ "line": number; "quantity": number; })[]; "parcels": (Parcel)[]; "customs": Customs | null; "quoteId": string | null; "cost": { /** Smallest unit of the currency: cents, or yen for JPY. */ "amount": number; /** ISO 4217 code. */ "currency": string; } | null; /** What names it in its order's `shipments`. */ "orderReference": string; /** How much of the progress the order has taken in. */ "orderStep": "none" | "shipped" | "delivered"; "orderRefusal": { "code": string; "message": string; } | null; /** Your own keys and values. */ "metadata": Record<string, unknown>; "leftAt": string | null; "deliveredAt": string | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; "from": ShippingAddress | null; "to": ShippingAddress | null; };

export type TrackedShipment = { "id": string; "orderId": string; "customerId": string; "status": "created" | "picked_up" | "in_transit" | "out_for_delivery" | "delivered" | "failed" | "returned"; "carrier": "ups" | "fedex" | "dhl" | "usps" | "custom"; "trackingNumber": string; "trackingUrl": string | null; "estimatedDelivery": string | null; "warehouseId": string | null; "items": ({ "line": number; "quantity": number; })[]; "parcels": (Parcel)[]; "customs": Customs | null; "quoteId": string | null; "cost": { /** Smallest unit of the currency: cents, or yen for JPY. */ "amount": number; /** ISO 4217 code. */ "currency": string; } | null; /** What names it in its order's `shipments`. */ "orderReference": string; /** How much of the progress the order has taken in. */ "orderStep": "none" | "shipped" | "delivered"; "orderRefusal": { "code": string; "message": string; } | null; /** Your own keys and values. */ "metadata": Record<string, unknown>; "leftAt": string | null; "deliveredAt": string | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; "from": ShippingAddress | null; "to": ShippingAddress | null; /** What the carrier told, newest first, at most 200. */ "updates": ({ "status": "created" | "picked_up" | "in_transit" | "out_for_delivery" | "delivered" | "failed" | "returned" | null; /** The carrier's own word. */ "rawStatus": string; "description": string | null; "location": string | null; /** ISO 8601, UTC. */ "occurredAt": string; /** ISO 8601, UTC. */ "receivedAt": string; })[]; };

export type CarrierNewsReceived = { "received": boolean; };

export type WebhookWithSecret = { "id": string; "url": string; /** Whose events it gets; those of another edition are made there. */ "edition": string; "events": (string)[]; "description": string | null; /** `failing`: a delivery was given up and none has succeeded since. Events are still sent to it. */ "status": "active" | "paused" | "failing"; "ordering": "none" | "per_object"; "failingSince": string | null; "previousSecretUntil": string | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; /** Shown this once. Keep it to verify signatures. */ "secret": string; };

export type Webhook = { "id": string; "url": string; /** Whose events it gets; those of another edition are made there. */ "edition": string; "events": (string)[]; "description": string | null; /** `failing`: a delivery was given up and none has succeeded since. Events are still sent to it. */ "status": "active" | "paused" | "failing"; "ordering": "none" | "per_object"; "failingSince": string | null; "previousSecretUntil": string | null; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "updatedAt": string; };

export type WebhookDelivery = { "id": string; "webhookId": string; "eventId": string; "eventType": string; "kind": "event" | "test" | "replay"; "status": "pending" | "succeeded" | "failed" | "canceled"; "responseStatus": number | null; "durationMs": number | null; "attempts": ({ /** 1 is the first; 6 the last. */ "number": number; /** ISO 8601, UTC. */ "startedAt": string; "durationMs": number; "responseStatus": number | null; /** The first kilobyte of the answer. */ "responseBody": string; "error": string | null; })[]; "nextAttemptAt": string | null; /** ISO 8601, UTC. */ "createdAt": string; "completedAt": string | null; };

export type Event = { "id": string; "type": string; /** ISO 8601, UTC. */ "createdAt": string; "objectId": string; /** Counts the changes of this object. */ "sequence": number; "livemode": boolean; /** Depends on the type; see /event-types. */ "data": unknown; };

export type EventType = { "name": string; "description": string; "sample": Event; };

export type Job = { "id": string; "kind": "import" | "export"; /** The import or export; read it at /imports/:id or /exports/:id. */ "subjectId": string; "resource": string; "format": "csv" | "ndjson"; "status": "queued" | "running" | "canceling" | "completed" | "failed" | "canceled"; "progress": { "rowsTotal": number | null; /** Rows looked at; of an export, rows written. */ "rowsRead": number; /** Rows that became new objects. */ "rowsCreated": number; /** Rows that changed an object. */ "rowsUpdated": number; /** Rows that say what is stored already. */ "rowsUnchanged": number; /** Rows that break a rule; see /imports/:id/errors. */ "rowsFailed": number; /** Of the unpacked file; of an export, bytes written. */ "bytesRead": number; "bytesTotal": number | null; "percent": number | null; }; "error": { "code": string; "message": string; } | null; /** ISO 8601, UTC. */ "createdAt": string; "startedAt": string | null; "finishedAt": string | null; "expiresAt": string | null; };

export type Import = { "id": string; "jobId": string; "resource": string; "format": "csv" | "ndjson"; "status": "queued" | "running" | "canceling" | "completed" | "failed" | "canceled"; "progress": { "rowsTotal": number | null; /** Rows looked at; of an export, rows written. */ "rowsRead": number; /** Rows that became new objects. */ "rowsCreated": number; /** Rows that changed an object. */ "rowsUpdated": number; /** Rows that say what is stored already. */ "rowsUnchanged": number; /** Rows that break a rule; see /imports/:id/errors. */ "rowsFailed": number; /** Of the unpacked file; of an export, bytes written. */ "bytesRead": number; "bytesTotal": number | null; "percent": number | null; }; "error": { "code": string; "message": string; } | null; "dryRun": boolean; /** Of the unpacked file, in hexadecimal digits. */ "sha256": string; "warnings": ({ "column": string; "code": string; "message": string; })[]; /** ISO 8601, UTC. */ "createdAt": string; "startedAt": string | null; "finishedAt": string | null; "expiresAt": string | null; };

export type Export = { "id": string; "jobId": string; "resource": string; "format": "csv" | "ndjson"; "status": "queued" | "running" | "canceling" | "completed" | "failed" | "canceled"; "progress": { "rowsTotal": number | null; /** Rows looked at; of an export, rows written. */ "rowsRead": number; /** Rows that became new objects. */ "rowsCreated": number; /** Rows that changed an object. */ "rowsUpdated": number; /** Rows that say what is stored already. */ "rowsUnchanged": number; /** Rows that break a rule; see /imports/:id/errors. */ "rowsFailed": number; /** Of the unpacked file; of an export, bytes written. */ "bytesRead": number; "bytesTotal": number | null; "percent": number | null; }; "error": { "code": string; "message": string; } | null; /** ISO 8601, UTC. */ "createdAt": string; "startedAt": string | null; "finishedAt": string | null; "expiresAt": string | null; };

export type AuditEntry = { "id": string; /** ISO 8601, UTC. */ "createdAt": string; "actor": { "kind": "user" | "client" | "api_key" | "system" | "anonymous"; "id": string; "userId": string | null; /** A platform administrator who crossed into your organisation. */ "platform": boolean; }; "action": string; "objectId": string | null; /** `success`, or the kind of the refusal. */ "outcome": string; "requestId": string; "ipAddress": string | null; "userAgent": string | null; "eventId": string | null; "eventType": string | null; "objectVersion": number | null; };

export type Health = { "status": string; "version": string; };

export type Readiness = { "status": "ready" | "degraded"; "dependencies": Record<string, unknown>; /** What the program proves about its data all the time, such as that stock is the sum of its movements. */ "checks": Record<string, unknown>; };

export type Support = { "email": string | null; "securityEmail": string | null; "chatUrl": string | null; "statusUrl": string | null; /** What to send, so that nobody has to ask you back. */ "include": (string)[]; };

export type Service = { "name": string; "logLevel": "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent"; };

export type IdempotencyKey = { "key": string; /** One for each operation. */ "requests": ({ "operation": string; "state": "running" | "done" | "refused"; "objectId": string | null; "error": { "code": string; "message": string; } | null; "requestId": string; /** ISO 8601, UTC. */ "createdAt": string; /** ISO 8601, UTC. */ "expiresAt": string; })[]; };

export type UsersSetPasswordInput = { /** At least 12 characters. */ "password": string; "currentPassword"?: string; };

export type UsersListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "role"?: "admin" | "member" | "viewer"; "status"?: "pending" | "active" | "inactive" | "archived"; /** Exactly this address. */ "email"?: string; /** Puts objects beside their ids, sent once for each: `expand[]=org`. Here: org; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type UsersCreateInput = { "name": string; /** Unique in your organisation, compared without regard to case. */ "email": string; /** `member` unless given (C-13). */ "role"?: "admin" | "member" | "viewer"; /** Further grants beside the role. */ "roles"?: ("finance" | "compliance_officer" | "legal_reviewer" | "hr_manager" | "warehouse_manager" | "support_agent" | "security_officer" | "phi_access")[]; /** An attribute of the user; limits follow the organisation. */ "plan"?: "free" | "starter" | "pro" | "enterprise"; /** Up to 20 labels of your own; keys and values are texts of at most 500 characters. */ "metadata"?: Record<string, string>; /** Mails a link to choose a password; the user is `pending` until then. */ "sendInvitation"?: boolean; };

export type UsersGetInput = { /** Puts objects beside their ids, sent once for each: `expand[]=org`. Here: org; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type UsersUpdateInput = { "name"?: string; /** Unique in your organisation, compared without regard to case. */ "email"?: string; /** `member` unless given (C-13). */ "role"?: "admin" | "member" | "viewer" | null; /** Further grants beside the role. */ "roles"?: ("finance" | "compliance_officer" | "legal_reviewer" | "hr_manager" | "warehouse_manager" | "support_agent" | "security_officer" | "phi_access")[] | null; /** An attribute of the user; limits follow the organisation. */ "plan"?: "free" | "starter" | "pro" | "enterprise" | null; /** Labels to set; a null value removes its key, null for the whole removes all. */ "metadata"?: Record<string, string | null> | null; "status"?: "active" | "inactive" | null; };

export type OrganizationsCreateInput = { "name": string; /** USD unless given. */ "defaultCurrency"?: "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY"; /** IANA name; UTC unless given. */ "timeZone"?: string; /** Rate limits follow it; changed by the platform. */ "plan"?: "free" | "starter" | "pro" | "enterprise"; /** Agreed limits of /v1 and /v2 in place of those of the plan (C-03); changed by the platform. */ "requestLimits"?: { "perMinute"?: number; "perDay"?: number; }; /** Up to 20 labels of your own; keys and values are texts of at most 500 characters. */ "metadata"?: Record<string, string>; };

export type OrganizationsListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "status"?: "active" | "suspended"; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type OrganizationsGetInput = { /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type OrganizationsUpdateInput = { "name"?: string; /** USD unless given. */ "defaultCurrency"?: "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY" | null; /** IANA name; UTC unless given. */ "timeZone"?: string | null; /** Rate limits follow it; changed by the platform. */ "plan"?: "free" | "starter" | "pro" | "enterprise" | null; "requestLimits"?: { "perMinute"?: number | null; "perDay"?: number | null; } | null; /** Labels to set; a null value removes its key, null for the whole removes all. */ "metadata"?: Record<string, string | null> | null; "status"?: "active" | "suspended" | null; };

export type OauthClientsListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "status"?: "active" | "revoked"; /** Puts objects beside their ids, sent once for each: `expand[]=org`. Here: org; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type OauthClientsCreateInput = { "name": string; /** Compared letter by letter. */ "redirectUris"?: (string)[]; "grantTypes"?: ("client_credentials" | "authorization_code" | "refresh_token")[]; /** At most those of your own credential. */ "scopes": ("products:read" | "products:write" | "customers:read" | "customers:write" | "customers:erase" | "inventory:read" | "inventory:approve" | "inventory:write" | "orders:read" | "orders:write" | "orders:approve" | "payments:read" | "payments:write" | "payment_methods:read" | "payment_methods:write" | "search:read" | "shipping:read" | "shipping:write" | "webhooks:read" | "webhooks:write" | "imports:read" | "imports:write" | "exports:read" | "exports:write" | "jobs:read" | "jobs:write" | "users:read" | "users:write" | "users:delete" | "organizations:read" | "organizations:write" | "api_keys:read" | "api_keys:write" | "oauth_clients:read" | "oauth_clients:write" | "audit:read" | "events:read" | "operations:read" | "operations:write" | "platform:admin")[]; /** A refresh token with every access token (C-17). */ "issueRefreshToken"?: boolean; /** Within this time a used refresh token gives the very same pair again, for answers that got lost (C-18). */ "refreshReuseGraceSeconds"?: number; "expiresAt"?: string; /** A public client has no secret and proves itself by PKCE. */ "type"?: "confidential" | "public"; };

export type OauthClientsGetInput = { /** Puts objects beside their ids, sent once for each: `expand[]=org`. Here: org; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type OauthClientsUpdateInput = { "name"?: string; /** Compared letter by letter. */ "redirectUris"?: (string)[] | null; "grantTypes"?: ("client_credentials" | "authorization_code" | "refresh_token")[] | null; /** At most those of your own credential. */ "scopes"?: ("products:read" | "products:write" | "customers:read" | "customers:write" | "customers:erase" | "inventory:read" | "inventory:approve" | "inventory:write" | "orders:read" | "orders:write" | "orders:approve" | "payments:read" | "payments:write" | "payment_methods:read" | "payment_methods:write" | "search:read" | "shipping:read" | "shipping:write" | "webhooks:read" | "webhooks:write" | "imports:read" | "imports:write" | "exports:read" | "exports:write" | "jobs:read" | "jobs:write" | "users:read" | "users:write" | "users:delete" | "organizations:read" | "organizations:write" | "api_keys:read" | "api_keys:write" | "oauth_clients:read" | "oauth_clients:write" | "audit:read" | "events:read" | "operations:read" | "operations:write" | "platform:admin")[]; /** A refresh token with every access token (C-17). */ "issueRefreshToken"?: boolean | null; /** Within this time a used refresh token gives the very same pair again, for answers that got lost (C-18). */ "refreshReuseGraceSeconds"?: number | null; "expiresAt"?: string | null; };

export type ApiKeysListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; /** true leaves out revoked keys. */ "usable"?: boolean; "ownerUserId"?: string; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type ApiKeysCreateInput = { "name": string; /** At most those of your own credential. */ "scopes"?: ("products:read" | "products:write" | "customers:read" | "customers:write" | "customers:erase" | "inventory:read" | "inventory:approve" | "inventory:write" | "orders:read" | "orders:write" | "orders:approve" | "payments:read" | "payments:write" | "payment_methods:read" | "payment_methods:write" | "search:read" | "shipping:read" | "shipping:write" | "webhooks:read" | "webhooks:write" | "imports:read" | "imports:write" | "exports:read" | "exports:write" | "jobs:read" | "jobs:write" | "users:read" | "users:write" | "users:delete" | "organizations:read" | "organizations:write" | "api_keys:read" | "api_keys:write" | "oauth_clients:read" | "oauth_clients:write" | "audit:read" | "events:read" | "operations:read" | "operations:write" | "platform:admin")[]; /** Who may use it from where; all when empty. */ "ipRanges"?: (string)[]; "expiresAt"?: string; /** `v2` makes a `tc_…` key for /v2, the others an `sk_…` key. */ "edition"?: "canonical" | "v1" | "v2"; /** As your own credential unless given; it may make test keys, never the other way round. `readonly` is for /v2. */ "type"?: "live" | "test" | "readonly"; };

export type ApiKeysGetInput = { /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type ApiKeysUpdateInput = { "name"?: string; /** At most those of your own credential. */ "scopes"?: ("products:read" | "products:write" | "customers:read" | "customers:write" | "customers:erase" | "inventory:read" | "inventory:approve" | "inventory:write" | "orders:read" | "orders:write" | "orders:approve" | "payments:read" | "payments:write" | "payment_methods:read" | "payment_methods:write" | "search:read" | "shipping:read" | "shipping:write" | "webhooks:read" | "webhooks:write" | "imports:read" | "imports:write" | "exports:read" | "exports:write" | "jobs:read" | "jobs:write" | "users:read" | "users:write" | "users:delete" | "organizations:read" | "organizations:write" | "api_keys:read" | "api_keys:write" | "oauth_clients:read" | "oauth_clients:write" | "audit:read" | "events:read" | "operations:read" | "operations:write" | "platform:admin")[]; /** Who may use it from where; all when empty. */ "ipRanges"?: (string)[] | null; "expiresAt"?: string | null; };

export type ApiKeysRotateInput = { "graceSeconds"?: number; };

export type SessionsListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "userId"?: string; /** true leaves out sessions that were ended. */ "open"?: boolean; /** Puts objects beside their ids, sent once for each: `expand[]=user`. Here: user; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type ProductsCreateInput = { "name": string; "description": string; /** The default price in the smallest unit of `currency`. */ "price": number; /** USD unless given (C-72). */ "currency"?: "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY"; "category": "software" | "hardware" | "service" | "subscription" | "addon"; /** An inactive product cannot be put into new orders. */ "active": boolean; /** Unique in your organisation; generated when absent. */ "sku"?: string; /** Your own id of the product; unique in your organisation. */ "externalId"?: string; /** A group of your own, beside the fixed categories. */ "collection"?: string; "tags"?: (string)[]; /** Packed, for shipping. */ "weightGrams"?: number; "dimensions"?: { "lengthMm": number; "widthMm": number; "heightMm": number; }; /** Harmonised System code for customs. */ "hsCode"?: string; /** Where it was made, for customs. */ "countryOfOrigin"?: string; /** Up to 20 labels of your own; keys and values are texts of at most 500 characters. */ "metadata"?: Record<string, string>; };

export type ProductsListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; /** Words, each at least by its beginning; or a whole SKU or external id. */ "q"?: string; "tag"?: string; "category"?: "software" | "hardware" | "service" | "subscription" | "addon"; "active"?: boolean; "collection"?: string; "externalId"?: string; /** Exactly this one. */ "sku"?: string; /** true lists the deleted products instead of the others. */ "archived"?: boolean; /** Default price in this currency. */ "currency"?: "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY"; /** Default price at least this many minor units of `currency`, or of USD. */ "priceMin"?: number; /** Default price at most this many minor units of `currency`, or of USD. */ "priceMax"?: number; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type ProductsUpdateInput = { "name"?: string; "description"?: string; /** The default price in the smallest unit of `currency`. */ "price"?: number; /** USD unless given (C-72). */ "currency"?: "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY" | null; "category"?: "software" | "hardware" | "service" | "subscription" | "addon"; /** An inactive product cannot be put into new orders. */ "active"?: boolean; /** Unique in your organisation; generated when absent. */ "sku"?: string | null; /** Your own id of the product; unique in your organisation. */ "externalId"?: string | null; /** A group of your own, beside the fixed categories. */ "collection"?: string | null; "tags"?: (string)[] | null; /** Packed, for shipping. */ "weightGrams"?: number | null; "dimensions"?: { "lengthMm"?: number; "widthMm"?: number; "heightMm"?: number; } | null; /** Harmonised System code for customs. */ "hsCode"?: string | null; /** Where it was made, for customs. */ "countryOfOrigin"?: string | null; /** Labels to set; a null value removes its key, null for the whole removes all. */ "metadata"?: Record<string, string | null> | null; };

export type ProductsGetInput = { /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type PricesCreateInput = { /** An ISO 4217 code. */ "currency": "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY"; /** For each unit, from quantity 1 on. */ "unitAmount": number; /** `one_time` unless given. */ "billingInterval"?: "one_time" | "day" | "week" | "month" | "year"; /** Volume tiers, ascending by quantity. */ "tiers"?: ({ /** From this quantity on every unit costs this. */ "minQuantity": number; /** An amount in the currency's smallest unit (cents; yen for JPY). */ "unitAmount": number; })[]; /** Makes it the contract price of this customer alone. */ "customerId"?: string; /** Applies from then on. */ "validFrom"?: string; /** Does not apply any more from then on. */ "validUntil"?: string; };

export type ProductsPricesInput = { /** Puts objects beside their ids, sent once for each: `expand[]=product`. Here: product, customer; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type PricesListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "productId"?: string; /** The contract prices of this customer. */ "customerId"?: string; /** An ISO 4217 code. */ "currency"?: "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY"; "billingInterval"?: "one_time" | "day" | "week" | "month" | "year"; /** Puts objects beside their ids, sent once for each: `expand[]=product`. Here: product, customer; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type PricesGetInput = { /** Puts objects beside their ids, sent once for each: `expand[]=product`. Here: product, customer; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type PricesUpdateInput = { /** For each unit, from quantity 1 on. */ "unitAmount"?: number; /** Volume tiers, ascending by quantity. */ "tiers"?: ({ /** From this quantity on every unit costs this. */ "minQuantity": number; /** An amount in the currency's smallest unit (cents; yen for JPY). */ "unitAmount": number; })[] | null; /** Applies from then on. */ "validFrom"?: string | null; /** Does not apply any more from then on. */ "validUntil"?: string | null; };

export type CustomersCreateInput = { "type": "company" | "person"; "name": string; "email"?: string; "phone"?: string; "taxIds"?: ({ /** What kind of number it is, in your words. */ "type": string; "value": string; })[]; "billingAddress"?: { "line1": string; "line2"?: string; "city": string; "state"?: string; "postalCode"?: string; /** An ISO 3166-1 alpha-2 code. */ "country": string; }; "shippingAddress"?: { "line1": string; "line2"?: string; "city": string; "state"?: string; "postalCode"?: string; /** An ISO 3166-1 alpha-2 code. */ "country": string; }; /** What the customer pays in; USD unless given. */ "currency"?: "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY"; /** How much may be open on account, in minor units of `currency`; nothing when absent. */ "creditLimit"?: number; /** Days until an invoice is due; at once when absent. */ "paymentTerms"?: "net-15" | "net-30" | "net-60"; "tags"?: (string)[]; /** Your own id of the customer; unique in your organisation. */ "externalId"?: string; /** The company that this one belongs to. */ "parentId"?: string; /** Up to 20 labels of your own; keys and values are texts of at most 500 characters. */ "metadata"?: Record<string, string>; };

export type CustomersListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; /** Compared without case. */ "email"?: string; "externalId"?: string; "type"?: "company" | "person"; "status"?: "active" | "archived" | "merged"; "parentId"?: string; /** Exactly this one. Names are kept encrypted and cannot be searched. */ "tag"?: string; /** Puts objects beside their ids, sent once for each: `expand[]=parent`. Here: parent, default_payment_method; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type CustomersUpdateInput = { "type"?: "company" | "person"; "name"?: string; "email"?: string | null; "phone"?: string | null; "taxIds"?: ({ /** What kind of number it is, in your words. */ "type": string; "value": string; })[] | null; "billingAddress"?: { "line1"?: string; "line2"?: string | null; "city"?: string; "state"?: string | null; "postalCode"?: string | null; /** An ISO 3166-1 alpha-2 code. */ "country"?: string; } | null; "shippingAddress"?: { "line1"?: string; "line2"?: string | null; "city"?: string; "state"?: string | null; "postalCode"?: string | null; /** An ISO 3166-1 alpha-2 code. */ "country"?: string; } | null; /** What the customer pays in; USD unless given. */ "currency"?: "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY" | null; /** How much may be open on account, in minor units of `currency`; nothing when absent. */ "creditLimit"?: number | null; /** Days until an invoice is due; at once when absent. */ "paymentTerms"?: "net-15" | "net-30" | "net-60" | null; "tags"?: (string)[] | null; /** Your own id of the customer; unique in your organisation. */ "externalId"?: string | null; /** The company that this one belongs to. */ "parentId"?: string | null; /** Labels to set; a null value removes its key, null for the whole removes all. */ "metadata"?: Record<string, string | null> | null; /** What orders are paid with unless they say otherwise. */ "defaultPaymentMethodId"?: string | null; };

export type CustomersGetInput = { /** Puts objects beside their ids, sent once for each: `expand[]=parent`. Here: parent, default_payment_method; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type CustomersMergeInput = { /** The duplicate. Whatever names it means the other customer from now on. */ "from": string; };

export type ContactsCreateInput = { "name": string; "email"?: string; "phone"?: string; "jobTitle"?: string; /** The person who logs in for this contact. */ "userId"?: string; /** What it may do for the customer. */ "roles": ("buyer" | "approver" | "accountant")[]; /** For one order, in minor units of the currency of the customer; above it somebody else approves before this person confirms. */ "spendingLimit"?: number; };

export type ContactsListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; /** Puts objects beside their ids, sent once for each: `expand[]=customer`. Here: customer, user; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type ContactsUpdateInput = { "name"?: string; "email"?: string | null; "phone"?: string | null; "jobTitle"?: string | null; /** The person who logs in for this contact. */ "userId"?: string | null; /** What it may do for the customer. */ "roles"?: ("buyer" | "approver" | "accountant")[]; /** For one order, in minor units of the currency of the customer; above it somebody else approves before this person confirms. */ "spendingLimit"?: number | null; };

export type ContactsGetInput = { /** Puts objects beside their ids, sent once for each: `expand[]=customer`. Here: customer, user; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type CustomerAddressesCreateInput = { "types": ("billing" | "shipping" | "office" | "other")[]; "label"?: string; "address": { "line1": string; "line2"?: string; "city": string; "state"?: string; "postalCode"?: string; /** An ISO 3166-1 alpha-2 code. */ "country": string; }; };

export type CustomerAddressesListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; /** Puts objects beside their ids, sent once for each: `expand[]=customer`. Here: customer; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type CustomerAddressesUpdateInput = { "types"?: ("billing" | "shipping" | "office" | "other")[]; "label"?: string | null; "address"?: { "line1"?: string; "line2"?: string | null; "city"?: string; "state"?: string | null; "postalCode"?: string | null; /** An ISO 3166-1 alpha-2 code. */ "country"?: string; }; };

export type CustomerAddressesGetInput = { /** Puts objects beside their ids, sent once for each: `expand[]=customer`. Here: customer; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type CustomersStatementInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; /** USD unless given. */ "currency"?: "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY"; /** Entries at this instant or later. */ "from"?: string; /** Entries before this instant. */ "until"?: string; };

export type StockLevelsListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "productId"?: string; "warehouseId"?: string; /** Quantities as they were at this past instant; reorder points are of today. */ "asOf"?: string; /** Puts objects beside their ids, sent once for each: `expand[]=product`. Here: product, warehouse; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type StockLevelsGetInput = { /** Puts objects beside their ids, sent once for each: `expand[]=product`. Here: product, warehouse; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type StockLevelsUpdateInput = { /** Below this many available pieces stock is low; null: never. */ "reorderPoint": number | null; };

export type InventoryAdjustInput = { /** A product of the category hardware. */ "productId": string; /** The default warehouse unless given. */ "warehouseId"?: string; /** Pieces to add, or to take when negative; never zero. */ "quantityChange": number; /** `restock`, `return` and `opening` add; `damage` and `loss` take; `correction` does either. */ "reason": "restock" | "damage" | "loss" | "correction" | "return" | "opening"; /** Your own reference, such as a purchase order. */ "referenceId": string; "note"?: string; };

export type StockAdjustmentsListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "productId"?: string; "warehouseId"?: string; "reason"?: "restock" | "damage" | "loss" | "correction" | "return" | "opening" | "transfer" | "count"; "referenceId"?: string; /** Puts objects beside their ids, sent once for each: `expand[]=product`. Here: product, warehouse; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type StockMovementsListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "productId"?: string; "warehouseId"?: string; "kind"?: "adjustment" | "reservation" | "release" | "commit" | "return"; /** The reference of an adjustment, or the id of an order or transfer. */ "referenceId"?: string; /** At this instant or later. */ "createdFrom"?: string; /** At this instant or earlier. */ "createdTo"?: string; /** Puts objects beside their ids, sent once for each: `expand[]=product`. Here: product, warehouse; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type StockCountsCreateInput = { /** The default warehouse unless given. */ "warehouseId"?: string; /** Everything that the warehouse ever held unless given. */ "productIds"?: (string)[]; };

export type StockCountsEnterInput = { /** Each product once; what was entered of it before is replaced. */ "entries": ({ "productId": string; /** Sound pieces on the shelf, whether they are promised to somebody or not. */ "counted": number; /** Damaged pieces; leave it out when nobody looked at them. */ "damaged"?: number; /** When it was counted; now unless given. */ "countedAt"?: string; })[]; };

export type StockCountsRecountInput = { /** All that differ unless given. */ "productIds"?: (string)[]; };

export type StockCountsApproveInput = { "note"?: string; };

export type StockCountsRejectInput = { /** Why. */ "note": string; };

export type StockCountsListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "status"?: "open" | "submitted" | "approved" | "rejected" | "canceled"; "warehouseId"?: string; /** Puts objects beside their ids, sent once for each: `expand[]=warehouse`. Here: warehouse; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type StockCountsGetInput = { /** Puts objects beside their ids, sent once for each: `expand[]=warehouse`. Here: warehouse; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type StockCountsLinesInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; };

export type InventorySettingsUpdateInput = { /** `allow` confirms orders for more than is available; the rest waits. */ "backorder"?: "deny" | "allow"; /** How long a draft holds its stock; 0 means not at all. */ "draftHoldMinutes"?: number; };

export type StockTransfersCreateInput = { "fromWarehouseId": string; "toWarehouseId": string; /** Each product once. */ "items": ({ "productId": string; "quantity": number; })[]; /** Your own reference. */ "referenceId"?: string; "note"?: string; };

export type StockTransfersListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "fromWarehouseId"?: string; "toWarehouseId"?: string; /** Puts objects beside their ids, sent once for each: `expand[]=from_warehouse`. Here: from_warehouse, to_warehouse, items.product; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type StockTransfersGetInput = { /** Puts objects beside their ids, sent once for each: `expand[]=from_warehouse`. Here: from_warehouse, to_warehouse, items.product; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type WarehousesListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; /** Also those that are archived. */ "archived"?: boolean; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type WarehousesCreateInput = { "name": string; /** Takes the place of the default warehouse. Your first one is it in any case. */ "default"?: boolean; /** Orders take stock from lower numbers first, after the default warehouse. */ "priority"?: number; };

export type WarehousesGetInput = { /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type WarehousesUpdateInput = { "name"?: string; /** Takes the place of the default warehouse. Your first one is it in any case. */ "default"?: boolean | null; /** Orders take stock from lower numbers first, after the default warehouse. */ "priority"?: number | null; };

export type OrdersCreateInput = { "customerId": string; "items": ({ "productId": string; "quantity": number; /** An amount in the currency's smallest unit (cents; yen for JPY). */ "unitPrice": number; /** The order has one currency; another one here is refused. */ "currency"?: "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY"; })[]; /** Exactly the sum of quantity × unit_price over the items, in minor units. */ "total": number; /** An ISO 4217 code. */ "currency": "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY"; /** What to charge; else the customer's default method, else on account. */ "paymentMethodId"?: string; /** When the money is taken; `ship` unless given. */ "captureOn"?: "confirm" | "ship" | "manual"; /** What is taken off the total. Minor units; 0 unless given. */ "discountTotal"?: number; /** Tax on top of the total. Minor units; 0 unless given. */ "taxTotal"?: number; /** Shipping on top of the total. Minor units; 0 unless given. */ "shippingTotal"?: number; /** The customer's purchase order number. */ "poNumber"?: string; /** Your own id of the order; unique in your organisation. */ "externalId"?: string; /** Kept encrypted, and not part of events. */ "notes"?: string; "shippingAddress"?: { "line1": string; "line2"?: string; "city": string; "state"?: string; "postalCode"?: string; /** An ISO 3166-1 alpha-2 code. */ "country": string; }; "billingAddress"?: { "line1": string; "line2"?: string; "city": string; "state"?: string; "postalCode"?: string; /** An ISO 3166-1 alpha-2 code. */ "country": string; }; /** Up to 20 labels of your own; keys and values are texts of at most 500 characters. */ "metadata"?: Record<string, string>; };

export type OrdersListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "customerId"?: string; "status"?: "draft" | "confirmed" | "processing" | "shipped" | "delivered" | "canceled"; /** Created at this time or later. */ "createdAfter"?: string; /** Created before this time. */ "createdBefore"?: string; /** Total at least this many minor units; add `currency` to compare like with like. */ "minTotal"?: number; /** An ISO 4217 code. */ "currency"?: "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY"; "poNumber"?: string; "externalId"?: string; /** Puts objects beside their ids, sent once for each: `expand[]=customer`. Here: customer, payment, payment_method, items.product, rest_canceled.refund; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type OrdersGetInput = { /** Shows the order as it was at this instant, from its events. */ "asOf"?: string; /** Puts objects beside their ids, sent once for each: `expand[]=customer`. Here: customer, payment, payment_method, items.product, rest_canceled.refund; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type OrdersUpdateInput = { "items"?: ({ "productId": string; "quantity": number; /** An amount in the currency's smallest unit (cents; yen for JPY). */ "unitPrice": number; /** The order has one currency; another one here is refused. */ "currency"?: "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY"; })[]; /** Exactly the sum of quantity × unit_price over the items, in minor units. */ "total"?: number; /** What to charge; else the customer's default method, else on account. */ "paymentMethodId"?: string | null; /** When the money is taken; `ship` unless given. */ "captureOn"?: "confirm" | "ship" | "manual" | null; /** What is taken off the total. Minor units; 0 unless given. */ "discountTotal"?: number | null; /** Tax on top of the total. Minor units; 0 unless given. */ "taxTotal"?: number | null; /** Shipping on top of the total. Minor units; 0 unless given. */ "shippingTotal"?: number | null; /** The customer's purchase order number. */ "poNumber"?: string | null; /** Your own id of the order; unique in your organisation. */ "externalId"?: string | null; /** Kept encrypted, and not part of events. */ "notes"?: string | null; "shippingAddress"?: { "line1"?: string; "line2"?: string | null; "city"?: string; "state"?: string | null; "postalCode"?: string | null; /** An ISO 3166-1 alpha-2 code. */ "country"?: string; } | null; "billingAddress"?: { "line1"?: string; "line2"?: string | null; "city"?: string; "state"?: string | null; "postalCode"?: string | null; /** An ISO 3166-1 alpha-2 code. */ "country"?: string; } | null; /** Labels to set; a null value removes its key, null for the whole removes all. */ "metadata"?: Record<string, string | null> | null; /** The status has its own routes: POST /orders/:id/confirm, /process, /ship, /deliver and /cancel. */ "status"?: unknown; };

export type OrdersHistoryInput = { /** Puts objects beside their ids, sent once for each: `expand[]=order.customer`. Here: order.customer, order.payment, order.payment_method, order.items.product, order.rest_canceled.refund; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type OrdersCancelInput = { /** Why, for the history. */ "reason"?: string; };

export type OrdersCancelRestInput = { /** Why, for the history. */ "reason"?: string; /** What is refunded of money that was taken, minor units; the share unless given. */ "amount"?: number; /** What never leaves; everything that is left unless given. What you do not name can still leave. */ "items"?: ({ "line": number; "quantity": number; })[]; };

export type OrdersShipInput = { "carrier": string; "trackingNumber": string; /** Names the shipment, else its parcel's id does; asking again with the same one ships nothing twice. */ "reference"?: string; /** What leaves now; everything that is in no other parcel unless given. */ "items"?: ({ "line": number; "quantity": number; })[]; };

export type OrdersDeliverInput = { /** The shipment that arrived; all of them unless given. */ "reference"?: string; };

export type OrdersRejectInput = { /** Why, for the history. */ "reason"?: string; };

export type OrderApprovalRulesListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type OrderApprovalRulesCreateInput = { /** Of `amount_over`. */ "currency"?: "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY"; /** Orders with a grand total above this, minor units. */ "amountOver"?: number; /** Orders with more different products. */ "productsOver"?: number; };

export type OrderApprovalRulesGetInput = { /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type OrderApprovalRulesUpdateInput = { /** Of `amount_over`. */ "currency"?: "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY" | null; /** Orders with a grand total above this, minor units. */ "amountOver"?: number | null; /** Orders with more different products. */ "productsOver"?: number | null; };

export type OrdersPreviewInput = { "customerId": string; /** An ISO 4217 code. */ "currency": "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY"; "items": ({ "productId": string; "quantity": number; /** The catalogue's price for this customer unless given. */ "unitPrice"?: number; /** The order has one currency; another one here is refused. */ "currency"?: "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY"; })[]; /** Checked when given: exactly the sum of quantity × unit_price. */ "total"?: number; /** What is taken off the total. Minor units; 0 unless given. */ "discountTotal"?: number; /** Tax on top of the total. Minor units; 0 unless given. */ "taxTotal"?: number; /** Shipping on top of the total. Minor units; 0 unless given. */ "shippingTotal"?: number; };

export type QuotesCreateInput = { "customerId": string; /** An ISO 4217 code. */ "currency": "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY"; "items": ({ "productId": string; "quantity": number; /** The catalogue's price for this customer unless given. */ "unitPrice"?: number; })[]; /** What is taken off the total. Minor units; 0 unless given. */ "discountTotal"?: number; /** Tax on top of the total. Minor units; 0 unless given. */ "taxTotal"?: number; /** Shipping on top of the total. Minor units; 0 unless given. */ "shippingTotal"?: number; /** The customer's purchase order number. */ "poNumber"?: string; /** Until when the prices hold; 30 days unless given. */ "validUntil"?: string; /** Up to 20 labels of your own; keys and values are texts of at most 500 characters. */ "metadata"?: Record<string, string>; };

export type QuotesListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "customerId"?: string; "status"?: "draft" | "sent" | "accepted" | "declined" | "expired"; /** Puts objects beside their ids, sent once for each: `expand[]=customer`. Here: customer, items.product, items.price, order; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type QuotesGetInput = { /** Puts objects beside their ids, sent once for each: `expand[]=customer`. Here: customer, items.product, items.price, order; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type QuotesUpdateInput = { "items"?: ({ "productId": string; "quantity": number; /** The catalogue's price for this customer unless given. */ "unitPrice"?: number; })[]; /** What is taken off the total. Minor units; 0 unless given. */ "discountTotal"?: number | null; /** Tax on top of the total. Minor units; 0 unless given. */ "taxTotal"?: number | null; /** Shipping on top of the total. Minor units; 0 unless given. */ "shippingTotal"?: number | null; /** The customer's purchase order number. */ "poNumber"?: string | null; /** Until when the prices hold; 30 days unless given. */ "validUntil"?: string | null; /** Labels to set; a null value removes its key, null for the whole removes all. */ "metadata"?: Record<string, string | null> | null; };

export type QuotesAcceptInput = { /** The customer's purchase order number, for the order. */ "poNumber"?: string; };

export type ReturnsCreateInput = { "orderId": string; "items": ({ /** The line of the order. */ "line": number; "quantity": number; })[]; "reason": "defective" | "wrong_item" | "damaged_in_transit" | "not_as_described" | "not_needed" | "other"; /** An exchange refunds too, and makes a draft of the same lines. */ "resolution"?: "refund" | "exchange"; };

export type ReturnsListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "orderId"?: string; "customerId"?: string; "status"?: "requested" | "approved" | "rejected" | "received" | "refunded" | "exchanged"; /** Puts objects beside their ids, sent once for each: `expand[]=order`. Here: order, customer, items.product, refund, replacement_order; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type ReturnsGetInput = { /** Puts objects beside their ids, sent once for each: `expand[]=order`. Here: order, customer, items.product, refund, replacement_order; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type ReturnsReceiveInput = { /** What arrived, by condition; everything that was announced, to be sold again, unless given. */ "items"?: ({ /** The line of the order. */ "line": number; "quantity": number; "condition"?: "restock" | "damaged"; })[]; };

export type ReturnsSettleInput = { /** Minor units; the share of what arrived in the order's total, discount and tax unless given. With what was given for earlier pieces at most the share of all of them and the shipping. 0 gives nothing back. */ "amount"?: number; };

export type SearchFindInput = { /** Products by words, SKU or external id; orders by id, PO number or external id; customers by whole e-mail address, external id or tag. Names of customers are kept encrypted and cannot be searched by a part. */ "q": string; /** All that you may read unless given. */ "types"?: ("products" | "orders" | "customers")[]; /** How many of each type. */ "limit"?: number; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type PaymentsCreateInput = { /** An amount in the currency's smallest unit (cents; yen for JPY). */ "amount": number; /** An ISO 4217 code. */ "currency": "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY"; /** Required; `payment_method_id` is the same field. */ "methodId"?: string; /** Another name of `method_id`. */ "paymentMethodId"?: string; /** What is paid for. */ "description": string; /** Whose method it must be; the method's owner when absent. */ "customerId"?: string; /** `manual` holds the money until POST /payments/:id/capture. */ "captureMethod"?: "automatic" | "manual"; /** Where the customer's browser goes after an authentication. */ "returnUrl"?: string; /** Up to 20 labels of your own; keys and values are texts of at most 500 characters. */ "metadata"?: Record<string, string>; };

export type PaymentsListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "customerId"?: string; "orderId"?: string; "status"?: "pending" | "requires_action" | "processing" | "authorized" | "succeeded" | "failed" | "canceled" | "refunded"; /** Puts objects beside their ids, sent once for each: `expand[]=method`. Here: method, customer, order, refunds.payment, refunds.customer, refunds.order, disputes.payment, disputes.customer, disputes.order; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type PaymentsGetInput = { /** Puts objects beside their ids, sent once for each: `expand[]=method`. Here: method, customer, order, refunds.payment, refunds.customer, refunds.order, disputes.payment, disputes.customer, disputes.order; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type PaymentsCaptureInput = { /** All that is held when absent; a smaller amount lets the rest go. */ "amount"?: number; };

export type PaymentsRefundInput = { /** All that remains when absent. */ "amount"?: number; "reason"?: string; };

export type PaymentsHistoryInput = { /** Puts objects beside their ids, sent once for each: `expand[]=payment.method`. Here: payment.method, payment.customer, payment.order, payment.refunds.payment, payment.refunds.customer, payment.refunds.order, payment.disputes.payment, payment.disputes.customer, payment.disputes.order; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type RefundsCreateInput = { "paymentId": string; /** All that remains when absent, or the sum of the lines. */ "amount"?: number; "reason"?: string; /** What the refund is for, line by line of an order; their amounts add up to the refund. */ "lines"?: ({ /** What the line is to you. */ "reference": string; "quantity": number; /** An amount in the currency's smallest unit (cents; yen for JPY). */ "amount": number; })[]; };

export type RefundsListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "paymentId"?: string; "customerId"?: string; "orderId"?: string; "status"?: "pending" | "succeeded" | "failed"; /** Puts objects beside their ids, sent once for each: `expand[]=payment`. Here: payment, customer, order; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type RefundsGetInput = { /** Puts objects beside their ids, sent once for each: `expand[]=payment`. Here: payment, customer, order; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type DisputesListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "paymentId"?: string; "status"?: "needs_response" | "under_review" | "won" | "lost"; /** Puts objects beside their ids, sent once for each: `expand[]=payment`. Here: payment, customer, order; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type DisputesGetInput = { /** Puts objects beside their ids, sent once for each: `expand[]=payment`. Here: payment, customer, order; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type DisputesSubmitEvidenceInput = { /** What speaks against the dispute; handed to the processor and not kept. Never a card number. */ "evidence": string; };

export type PaymentMethodsCreateInput = { "customerId": string; "type": "card" | "bank_transfer" | "wallet"; /** A token of the payment processor, never a card number. The simulator knows tok_visa, tok_mastercard, tok_declined, tok_insufficient_funds, tok_bank_ok, tok_wallet_ok and others. */ "token": string; };

export type PaymentMethodsListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "customerId"?: string; /** Puts objects beside their ids, sent once for each: `expand[]=customer`. Here: customer; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type PaymentMethodsGetInput = { /** Puts objects beside their ids, sent once for each: `expand[]=customer`. Here: customer; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type PaymentMethodsVerifyInput = { /** In the currency's smallest unit. */ "firstDeposit": number; /** In the currency's smallest unit. */ "secondDeposit": number; };

export type PaymentMethodsTokenizeInput = { /** A published test number of the simulator: 4242 4242 4242 4242 succeeds, 4000 0000 0000 0002 is declined, 4000 0000 0000 3220 asks for 3-D Secure. Never a real card. */ "number": string; "expMonth": number; "expYear": number; "cvc": string; };

export type ShippingQuotesCreateInput = { "from": { /** An ISO 3166-1 alpha-2 code. */ "country": string; "postalCode"?: string; }; "to": { /** An ISO 3166-1 alpha-2 code. */ "country": string; "postalCode"?: string; }; "parcels"?: ({ /** With everything in it. */ "weightGrams": number; /** The outer length. */ "lengthMm": number; /** The outer width. */ "widthMm": number; /** The outer height. */ "heightMm": number; })[]; /** In place of `parcels`: one parcel is made of the weights and dimensions of these products. */ "items"?: ({ "productId": string; "quantity": number; })[]; };

export type ShippingQuotesGetInput = { /** Puts objects beside their ids, sent once for each: `expand[]=rates.rate_table`. Here: rates.rate_table; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type RateTablesCreateInput = { "carrier": "ups" | "fedex" | "dhl" | "usps" | "custom"; /** An ISO 4217 code. */ "currency"?: "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY"; /** Cubic millimetres that count as a gram; 5000 is usual. */ "volumetricDivisor"?: number; /** The first that fits a route is its zone. */ "zones": ({ "name": string; /** Countries (FR), or parts of them by the beginning of the postal code (FR-20); none means everywhere. */ "from"?: (string)[]; /** Countries (FR), or parts of them by the beginning of the postal code (FR-20); none means everywhere. */ "to"?: (string)[]; /** Only routes that stay in one country. */ "sameCountry"?: boolean; "bands": ({ "upToGrams": number; /** Minor units of `currency`. */ "amount": number; })[]; /** For each begun kilogram above the last band; heavier parcels are not taken when absent. */ "perExtraKg"?: number; })[]; };

export type RateTablesListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "carrier"?: "ups" | "fedex" | "dhl" | "usps" | "custom"; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type RateTablesGetInput = { /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type CarrierAccountsCreateInput = { "carrier": "ups" | "fedex" | "dhl" | "usps" | "custom"; /** Your own word for it. */ "label"?: string; };

export type CarrierAccountsListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "carrier"?: "ups" | "fedex" | "dhl" | "usps" | "custom"; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type CarrierAccountsGetInput = { /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type ShippingCreateInput = { "orderId": string; "carrier": "ups" | "fedex" | "dhl" | "usps" | "custom"; /** For the carrier custom, which needs one: an https URL with {tracking_number} in it. */ "trackingUrlTemplate"?: string; /** Lines of the order and how many of each; everything left when absent. */ "items"?: ({ /** The line of the order, 1 for its first item. */ "line": number; "quantity": number; })[]; /** Where it leaves from. */ "warehouseId"?: string; "to"?: { "name": string; "company"?: string; "line1": string; "line2"?: string; "city": string; "state"?: string; "postalCode"?: string; /** An ISO 3166-1 alpha-2 code. */ "country": string; "phone"?: string; }; "customs"?: { /** A sale unless given. */ "contents"?: "sale" | "gift" | "sample" | "return" | "repair"; /** Of every value in the declaration; the order's unless given. */ "currency"?: "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY"; /** Every line of goods in the shipment unless given. */ "items"?: ({ /** The line of the order that this is about: what is left out comes from its product and price. */ "line"?: number; "description"?: string; /** 6 to 10 digits; dots and blanks are left out. */ "hsCode"?: string; "quantity"?: number; /** An amount in the currency's smallest unit (cents; yen for JPY). */ "unitValue"?: number; /** Where it was made. */ "originCountry"?: string; })[]; }; /** Up to 20 labels of your own; keys and values are texts of at most 500 characters. */ "metadata"?: Record<string, string>; "trackingNumber": string; /** A day (YYYY-MM-DD, read as its start in UTC) or an ISO 8601 time in UTC. */ "estimatedDelivery": string; "from"?: { "name": string; "company"?: string; "line1": string; "line2"?: string; "city": string; "state"?: string; "postalCode"?: string; /** An ISO 3166-1 alpha-2 code. */ "country": string; "phone"?: string; }; "parcels"?: ({ /** With everything in it. */ "weightGrams": number; /** The outer length. */ "lengthMm": number; /** The outer width. */ "widthMm": number; /** The outer height. */ "heightMm": number; })[]; /** Takes the price of this carrier from a quote that still holds. */ "quoteId"?: string; };

export type ShippingListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "orderId"?: string; "customerId"?: string; "carrier"?: "ups" | "fedex" | "dhl" | "usps" | "custom"; "status"?: "created" | "picked_up" | "in_transit" | "out_for_delivery" | "delivered" | "failed" | "returned"; /** Compared without case, blanks and hyphens. */ "trackingNumber"?: string; /** Puts objects beside their ids, sent once for each: `expand[]=order`. Here: order, customer, warehouse, quote; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type ShippingQuotesPurchaseInput = { "orderId": string; "carrier": "ups" | "fedex" | "dhl" | "usps" | "custom"; /** For the carrier custom, which needs one: an https URL with {tracking_number} in it. */ "trackingUrlTemplate"?: string; /** Lines of the order and how many of each; everything left when absent. */ "items"?: ({ /** The line of the order, 1 for its first item. */ "line": number; "quantity": number; })[]; /** Where it leaves from. */ "warehouseId"?: string; "to"?: { "name": string; "company"?: string; "line1": string; "line2"?: string; "city": string; "state"?: string; "postalCode"?: string; /** An ISO 3166-1 alpha-2 code. */ "country": string; "phone"?: string; }; "customs"?: { /** A sale unless given. */ "contents"?: "sale" | "gift" | "sample" | "return" | "repair"; /** Of every value in the declaration; the order's unless given. */ "currency"?: "USD" | "EUR" | "GBP" | "CAD" | "AUD" | "JPY"; /** Every line of goods in the shipment unless given. */ "items"?: ({ /** The line of the order that this is about: what is left out comes from its product and price. */ "line"?: number; "description"?: string; /** 6 to 10 digits; dots and blanks are left out. */ "hsCode"?: string; "quantity"?: number; /** An amount in the currency's smallest unit (cents; yen for JPY). */ "unitValue"?: number; /** Where it was made. */ "originCountry"?: string; })[]; }; /** Up to 20 labels of your own; keys and values are texts of at most 500 characters. */ "metadata"?: Record<string, string>; "trackingNumber"?: string; /** A day (YYYY-MM-DD, read as its start in UTC) or an ISO 8601 time in UTC. */ "estimatedDelivery"?: string; "from": { "name": string; "company"?: string; "line1": string; "line2"?: string; "city": string; "state"?: string; "postalCode"?: string; /** An ISO 3166-1 alpha-2 code. */ "country": string; "phone"?: string; }; };

export type ShippingGetInput = { /** Puts objects beside their ids, sent once for each: `expand[]=order`. Here: order, customer, warehouse, quote; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type WebhooksCreateInput = { /** Where events are sent by POST. HTTPS and a public address only. */ "url": string; /** The events to send; see /event-types. */ "events": ("order.created" | "order.updated" | "order.completed" | "payment.succeeded" | "payment.failed" | "invoice.paid" | "product.low_stock" | "product.out_of_stock" | "shipment.created" | "shipment.updated" | "refund.succeeded" | "refund.failed" | "dispute.opened" | "dispute.answered" | "dispute.won" | "dispute.lost" | "return.requested" | "return.approved" | "return.rejected" | "return.received" | "return.refunded" | "return.exchanged" | "return.refund_failed" | "quote.created" | "quote.updated" | "quote.sent" | "quote.accepted" | "quote.declined")[]; "description"?: string; /** `per_object`: the next event of an object is sent when the one before was delivered or given up. */ "ordering"?: "none" | "per_object"; /** Whose webhook it is; those of /v2 are made there. */ "edition"?: "canonical" | "v1"; /** Signs your deliveries: `whsec_` and base64 of 24 to 64 bytes, or any other text. Made when absent. */ "secret"?: string; };

export type WebhooksListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type WebhooksGetInput = { /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type WebhooksUpdateInput = { /** Where events are sent by POST. HTTPS and a public address only. */ "url"?: string; /** The events to send; see /event-types. */ "events"?: ("order.created" | "order.updated" | "order.completed" | "payment.succeeded" | "payment.failed" | "invoice.paid" | "product.low_stock" | "product.out_of_stock" | "shipment.created" | "shipment.updated" | "refund.succeeded" | "refund.failed" | "dispute.opened" | "dispute.answered" | "dispute.won" | "dispute.lost" | "return.requested" | "return.approved" | "return.rejected" | "return.received" | "return.refunded" | "return.exchanged" | "return.refund_failed" | "quote.created" | "quote.updated" | "quote.sent" | "quote.accepted" | "quote.declined")[]; "description"?: string | null; /** `per_object`: the next event of an object is sent when the one before was delivered or given up. */ "ordering"?: "none" | "per_object" | null; /** Holds deliveries back; they are sent when you resume. */ "paused"?: boolean | null; };

export type WebhooksRotateSecretInput = { /** Signs your deliveries: `whsec_` and base64 of 24 to 64 bytes, or any other text. Made when absent. */ "secret"?: string; };

export type WebhookDeliveriesListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "status"?: "pending" | "succeeded" | "failed" | "canceled"; "eventType"?: "order.created" | "order.updated" | "order.completed" | "payment.succeeded" | "payment.failed" | "invoice.paid" | "product.low_stock" | "product.out_of_stock" | "shipment.created" | "shipment.updated" | "refund.succeeded" | "refund.failed" | "dispute.opened" | "dispute.answered" | "dispute.won" | "dispute.lost" | "return.requested" | "return.approved" | "return.rejected" | "return.received" | "return.refunded" | "return.exchanged" | "return.refund_failed" | "quote.created" | "quote.updated" | "quote.sent" | "quote.accepted" | "quote.declined" | "webhook.test"; /** Puts objects beside their ids, sent once for each: `expand[]=webhook`. Here: webhook, event; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type WebhookDeliveriesGetInput = { /** Puts objects beside their ids, sent once for each: `expand[]=webhook`. Here: webhook, event; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type EventsListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "type"?: "order.created" | "order.updated" | "order.completed" | "payment.succeeded" | "payment.failed" | "invoice.paid" | "product.low_stock" | "product.out_of_stock" | "shipment.created" | "shipment.updated" | "refund.succeeded" | "refund.failed" | "dispute.opened" | "dispute.answered" | "dispute.won" | "dispute.lost" | "return.requested" | "return.approved" | "return.rejected" | "return.received" | "return.refunded" | "return.exchanged" | "return.refund_failed" | "quote.created" | "quote.updated" | "quote.sent" | "quote.accepted" | "quote.declined" | "webhook.test"; /** The object that changed, such as an order. */ "objectId"?: string; "createdAfter"?: string; "createdBefore"?: string; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type EventsGetInput = { /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type ImportsStartInput = { /** What the rows are. */ "resource": "customers" | "orders" | "prices" | "products" | "stock" | "users"; /** Checks every row and stores nothing. */ "dryRun"?: boolean; };

export type ImportsListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "resource"?: "customers" | "orders" | "prices" | "products" | "stock" | "users"; "status"?: "queued" | "running" | "canceling" | "completed" | "failed" | "canceled"; /** Puts objects beside their ids, sent once for each: `expand[]=job`. Here: job; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type ImportsGetInput = { /** Puts objects beside their ids, sent once for each: `expand[]=job`. Here: job; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type ImportsErrorsInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; };

export type ExportsStartInput = { /** What to export. */ "resource": "customers" | "orders" | "prices" | "products" | "stock" | "users"; /** `csv` unless given. */ "format"?: "csv" | "ndjson"; "filters"?: { /** Of products. */ "category"?: string; /** Of products. */ "collection"?: string; /** Of orders. */ "customerId"?: string; /** Of stock and prices. */ "productId"?: string; /** Of users. */ "role"?: string; /** Of customers. */ "type"?: string; /** Of customers, orders and users. */ "status"?: string; }; };

export type ExportsListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "resource"?: "customers" | "orders" | "prices" | "products" | "stock" | "users"; "status"?: "queued" | "running" | "canceling" | "completed" | "failed" | "canceled"; /** Puts objects beside their ids, sent once for each: `expand[]=job`. Here: job; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type ExportsGetInput = { /** Puts objects beside their ids, sent once for each: `expand[]=job`. Here: job; and on from there, up to 3 objects, with dots. Null for an object that is gone. */ "expand"?: (string)[]; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type JobsListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; "kind"?: "import" | "export"; "status"?: "queued" | "running" | "canceling" | "completed" | "failed" | "canceled"; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type JobsGetInput = { /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type AuditLogsListInput = { /** How many entries a page has. */ "limit"?: number; /** next_cursor or prev_cursor of an earlier page, unchanged. */ "cursor"?: string; /** total_count adds the number of matches, counted up to 10,000. */ "include"?: "total_count"; /** The user, client or key that acted. */ "actorId"?: string; /** An operation, such as orders.confirm. */ "action"?: string; /** What was read or changed. */ "objectId"?: string; "createdAfter"?: string; "createdBefore"?: string; /** Leaves out every field but these and `id`; names with commas between them, inner ones with dots: `total,items.quantity`. */ "fields"?: string; };

export type ServicesUpdateInput = { "logLevel": "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent"; };

export interface CanonicalResources {
  apiKeys: {
    /** Create an API key. */
    create(input: ApiKeysCreateInput, options?: RequestOptions): Promise<ApiKeyWithSecret>;
    /** Revoke an API key. */
    delete(id: string, options?: RequestOptions): Promise<ApiKey>;
    /** Get an API key. */
    get(id: string, input?: ApiKeysGetInput, options?: RequestOptions): Promise<ApiKey>;
    /** List API keys. */
    list(input?: ApiKeysListInput, options?: RequestOptions): List<ApiKey>;
    /** Replace an API key. */
    rotate(id: string, input?: ApiKeysRotateInput, options?: RequestOptions): Promise<ApiKeyWithSecret>;
    /** Change an API key. */
    update(id: string, input?: ApiKeysUpdateInput, options?: RequestOptions): Promise<ApiKey>;
    /** Usage of an API key. */
    usage(id: string, options?: RequestOptions): Promise<ApiKeyUsage>;
  };
  auditLogs: {
    /** List the audit trail. */
    list(input?: AuditLogsListInput, options?: RequestOptions): List<AuditEntry>;
  };
  carrierAccounts: {
    /** Let a carrier send its news. */
    create(input: CarrierAccountsCreateInput, options?: RequestOptions): Promise<CarrierAccountWithSecret>;
    /** Delete a carrier account. */
    delete(id: string, options?: RequestOptions): Promise<void>;
    /** Get a carrier account. */
    get(id: string, input?: CarrierAccountsGetInput, options?: RequestOptions): Promise<CarrierAccount>;
    /** List carrier accounts. */
    list(input?: CarrierAccountsListInput, options?: RequestOptions): List<CarrierAccount>;
    /** Rotate the secret of a carrier account. */
    rotate(id: string, options?: RequestOptions): Promise<CarrierAccountWithSecret>;
  };
  contacts: {
    /** Add a contact. */
    create(id: string, input: ContactsCreateInput, options?: RequestOptions): Promise<Contact>;
    /** Remove a contact. */
    delete(id: string, contactId: string, options?: RequestOptions): Promise<void>;
    /** Get a contact. */
    get(id: string, contactId: string, input?: ContactsGetInput, options?: RequestOptions): Promise<Contact>;
    /** List contacts. */
    list(id: string, input?: ContactsListInput, options?: RequestOptions): List<Contact>;
    /** Change a contact. */
    update(id: string, contactId: string, input?: ContactsUpdateInput, options?: RequestOptions): Promise<Contact>;
  };
  customerAddresses: {
    /** Add an address. */
    create(id: string, input: CustomerAddressesCreateInput, options?: RequestOptions): Promise<CustomerAddress>;
    /** Remove an address. */
    delete(id: string, addressId: string, options?: RequestOptions): Promise<void>;
    /** Get an address. */
    get(id: string, addressId: string, input?: CustomerAddressesGetInput, options?: RequestOptions): Promise<CustomerAddress>;
    /** List addresses. */
    list(id: string, input?: CustomerAddressesListInput, options?: RequestOptions): List<CustomerAddress>;
    /** Change an address. */
    update(id: string, addressId: string, input?: CustomerAddressesUpdateInput, options?: RequestOptions): Promise<CustomerAddress>;
  };
  customers: {
    /** Archive a customer. */
    archive(id: string, options?: RequestOptions): Promise<Customer>;
    /** Get the balance of a customer. */
    balance(id: string, options?: RequestOptions): Promise<{ "data": (CustomerBalance)[]; }>;
    /** Create a customer. */
    create(input: CustomersCreateInput, options?: RequestOptions): Promise<Customer>;
    /** Erase a customer. */
    erase(id: string, options?: RequestOptions): Promise<Customer>;
    /** Get a customer. */
    get(id: string, input?: CustomersGetInput, options?: RequestOptions): Promise<Customer>;
    /** List customers. */
    list(input?: CustomersListInput, options?: RequestOptions): List<Customer>;
    /** Merge a duplicate. */
    merge(id: string, input: CustomersMergeInput, options?: RequestOptions): Promise<Customer>;
    /** Restore a customer. */
    restore(id: string, options?: RequestOptions): Promise<Customer>;
    /** Get the statement of a customer. */
    statement(id: string, input?: CustomersStatementInput, options?: RequestOptions): Promise<Statement>;
    /** Change a customer. */
    update(id: string, input?: CustomersUpdateInput, options?: RequestOptions): Promise<Customer>;
  };
  disputes: {
    /** Get a dispute. */
    get(id: string, input?: DisputesGetInput, options?: RequestOptions): Promise<Dispute>;
    /** List disputes. */
    list(input?: DisputesListInput, options?: RequestOptions): List<Dispute>;
    /** Answer a dispute. */
    submitEvidence(id: string, input: DisputesSubmitEvidenceInput, options?: RequestOptions): Promise<Dispute>;
  };
  eventTypes: {
    /** List the types of events. */
    list(options?: RequestOptions): Promise<{ "data": (EventType)[]; }>;
  };
  events: {
    /** Get an event. */
    get(id: string, input?: EventsGetInput, options?: RequestOptions): Promise<Event>;
    /** List events. */
    list(input?: EventsListInput, options?: RequestOptions): List<Event>;
  };
  exports: {
    /** Get an export. */
    get(id: string, input?: ExportsGetInput, options?: RequestOptions): Promise<Export>;
    /** List exports. */
    list(input?: ExportsListInput, options?: RequestOptions): List<Export>;
    /** Export a resource. */
    start(input: ExportsStartInput, options?: RequestOptions): Promise<Job>;
  };
  idempotencyKeys: {
    /** What became of a request. */
    get(key: string, options?: RequestOptions): Promise<IdempotencyKey>;
  };
  imports: {
    /** List the rows that an import refused. */
    errors(id: string, input?: ImportsErrorsInput, options?: RequestOptions): List<{ /** As a spreadsheet counts: the header of CSV is row 1. */ "row": number; "errors": ({ "column": string; "value": string | null; "code": string; "message": string; })[]; }>;
    /** Get an import. */
    get(id: string, input?: ImportsGetInput, options?: RequestOptions): Promise<Import>;
    /** List imports. */
    list(input?: ImportsListInput, options?: RequestOptions): List<Import>;
    /** Import a file. */
    start(input: ImportsStartInput, options?: RequestOptions): Promise<Job>;
  };
  inventorySettings: {
    /** Get the settings of the inventory. */
    get(options?: RequestOptions): Promise<InventorySettings>;
    /** Change the settings of the inventory. */
    update(input?: InventorySettingsUpdateInput, options?: RequestOptions): Promise<InventorySettings>;
  };
  inventory: {
    /** Adjust stock. */
    adjust(input: InventoryAdjustInput, options?: RequestOptions): Promise<StockAdjustment>;
  };
  jobs: {
    /** Cancel a job. */
    cancel(id: string, options?: RequestOptions): Promise<Job>;
    /** Get a job. */
    get(id: string, input?: JobsGetInput, options?: RequestOptions): Promise<Job>;
    /** List jobs. */
    list(input?: JobsListInput, options?: RequestOptions): List<Job>;
    /** Retry a job. */
    retry(id: string, options?: RequestOptions): Promise<Job>;
  };
  oauthClients: {
    /** Create an OAuth client. */
    create(input: OauthClientsCreateInput, options?: RequestOptions): Promise<OAuthClientWithSecret>;
    /** Revoke an OAuth client. */
    delete(id: string, options?: RequestOptions): Promise<OAuthClient>;
    /** Get an OAuth client. */
    get(id: string, input?: OauthClientsGetInput, options?: RequestOptions): Promise<OAuthClient>;
    /** List OAuth clients. */
    list(input?: OauthClientsListInput, options?: RequestOptions): List<OAuthClient>;
    /** Replace the secret. */
    rotateSecret(id: string, options?: RequestOptions): Promise<OAuthClientWithSecret>;
    /** Change an OAuth client. */
    update(id: string, input?: OauthClientsUpdateInput, options?: RequestOptions): Promise<OAuthClient>;
  };
  orderApprovalRules: {
    /** Add an approval rule. */
    create(input?: OrderApprovalRulesCreateInput, options?: RequestOptions): Promise<ApprovalRule>;
    /** Remove an approval rule. */
    delete(id: string, options?: RequestOptions): Promise<void>;
    /** Get an approval rule. */
    get(id: string, input?: OrderApprovalRulesGetInput, options?: RequestOptions): Promise<ApprovalRule>;
    /** List approval rules. */
    list(input?: OrderApprovalRulesListInput, options?: RequestOptions): List<ApprovalRule>;
    /** Change an approval rule. */
    update(id: string, input?: OrderApprovalRulesUpdateInput, options?: RequestOptions): Promise<ApprovalRule>;
  };
  orders: {
    /** Approve a draft. */
    approve(id: string, options?: RequestOptions): Promise<Order>;
    /** Cancel an order. */
    cancel(id: string, input?: OrdersCancelInput, options?: RequestOptions): Promise<Order>;
    /** Cancel what is left of an order. */
    cancelRest(id: string, input?: OrdersCancelRestInput, options?: RequestOptions): Promise<Order>;
    /** Take the money of an order. */
    capture(id: string, options?: RequestOptions): Promise<Order>;
    /** Confirm an order. */
    confirm(id: string, options?: RequestOptions): Promise<Order>;
    /** Create an order. */
    create(input: OrdersCreateInput, options?: RequestOptions): Promise<Order>;
    /** Complete an order. */
    deliver(id: string, input?: OrdersDeliverInput, options?: RequestOptions): Promise<Order>;
    /** Get an order. */
    get(id: string, input?: OrdersGetInput, options?: RequestOptions): Promise<Order>;
    /** Read the history of an order. */
    history(id: string, input?: OrdersHistoryInput, options?: RequestOptions): Promise<{ "data": (OrderEvent)[]; }>;
    /** List orders. */
    list(input?: OrdersListInput, options?: RequestOptions): List<Order>;
    /** Preview an order. */
    preview(input: OrdersPreviewInput, options?: RequestOptions): Promise<OrderPreview>;
    /** Start to process an order. */
    process(id: string, options?: RequestOptions): Promise<Order>;
    /** Reject a draft. */
    reject(id: string, input?: OrdersRejectInput, options?: RequestOptions): Promise<Order>;
    /** Ship an order. */
    ship(id: string, input: OrdersShipInput, options?: RequestOptions): Promise<Order>;
    /** Change a draft. */
    update(id: string, input?: OrdersUpdateInput, options?: RequestOptions): Promise<Order>;
  };
  organizations: {
    /** Create an organisation. */
    create(input: OrganizationsCreateInput, options?: RequestOptions): Promise<Organization>;
    /** Get an organisation. */
    get(id: string, input?: OrganizationsGetInput, options?: RequestOptions): Promise<Organization>;
    /** List organisations. */
    list(input?: OrganizationsListInput, options?: RequestOptions): List<Organization>;
    /** Change an organisation. */
    update(id: string, input?: OrganizationsUpdateInput, options?: RequestOptions): Promise<Organization>;
  };
  paymentMethods: {
    /** Attach a payment method to a customer. */
    create(input: PaymentMethodsCreateInput, options?: RequestOptions): Promise<PaymentMethod>;
    /** Detach a payment method. */
    delete(id: string, options?: RequestOptions): Promise<PaymentMethod>;
    /** Get a payment method. */
    get(id: string, input?: PaymentMethodsGetInput, options?: RequestOptions): Promise<PaymentMethod>;
    /** List payment methods. */
    list(input?: PaymentMethodsListInput, options?: RequestOptions): List<PaymentMethod>;
    /** Make a payment method the default. */
    setDefault(id: string, options?: RequestOptions): Promise<PaymentMethod>;
    /** Exchange a test card for a token. */
    tokenize(input: PaymentMethodsTokenizeInput, options?: RequestOptions): Promise<CardToken>;
    /** List the types of payment methods. */
    types(options?: RequestOptions): Promise<{ "data": (PaymentMethodType)[]; }>;
    /** Verify a bank account. */
    verify(id: string, input: PaymentMethodsVerifyInput, options?: RequestOptions): Promise<PaymentMethod>;
  };
  payments: {
    /** Capture a held payment. */
    capture(id: string, input?: PaymentsCaptureInput, options?: RequestOptions): Promise<Payment>;
    /** Charge a payment method. */
    create(input: PaymentsCreateInput, options?: RequestOptions): Promise<Payment>;
    /** Get a payment. */
    get(id: string, input?: PaymentsGetInput, options?: RequestOptions): Promise<Payment>;
    /** Read the history of a payment. */
    history(id: string, input?: PaymentsHistoryInput, options?: RequestOptions): Promise<{ "data": (PaymentEvent)[]; }>;
    /** List payments. */
    list(input?: PaymentsListInput, options?: RequestOptions): List<Payment>;
    /** Refund a payment. */
    refund(id: string, input?: PaymentsRefundInput, options?: RequestOptions): Promise<Payment>;
    /** Release a held payment. */
    void(id: string, options?: RequestOptions): Promise<Payment>;
  };
  prices: {
    /** Archive a price. */
    archive(id: string, options?: RequestOptions): Promise<Price>;
    /** Add a price. */
    create(id: string, input: PricesCreateInput, options?: RequestOptions): Promise<Price>;
    /** Get a price. */
    get(id: string, input?: PricesGetInput, options?: RequestOptions): Promise<Price>;
    /** List prices. */
    list(input?: PricesListInput, options?: RequestOptions): List<Price>;
    /** Change a price. */
    update(id: string, input?: PricesUpdateInput, options?: RequestOptions): Promise<Price>;
    /** List the versions of a price. */
    versions(id: string, options?: RequestOptions): Promise<{ "data": (PriceVersion)[]; }>;
  };
  products: {
    /** Delete a product. */
    archive(id: string, options?: RequestOptions): Promise<Product>;
    /** Create a product. */
    create(input: ProductsCreateInput, options?: RequestOptions): Promise<Product>;
    /** Get a product. */
    get(id: string, input?: ProductsGetInput, options?: RequestOptions): Promise<Product>;
    /** List products. */
    list(input?: ProductsListInput, options?: RequestOptions): List<Product>;
    /** List the prices of a product. */
    prices(id: string, input?: ProductsPricesInput, options?: RequestOptions): Promise<{ "data": (Price)[]; }>;
    /** Restore a product. */
    restore(id: string, options?: RequestOptions): Promise<Product>;
    /** Change a product. */
    update(id: string, input?: ProductsUpdateInput, options?: RequestOptions): Promise<Product>;
  };
  quotes: {
    /** Accept a quote. */
    accept(id: string, input?: QuotesAcceptInput, options?: RequestOptions): Promise<Quote>;
    /** Create a quote. */
    create(input: QuotesCreateInput, options?: RequestOptions): Promise<Quote>;
    /** Decline a quote. */
    decline(id: string, options?: RequestOptions): Promise<Quote>;
    /** Get a quote. */
    get(id: string, input?: QuotesGetInput, options?: RequestOptions): Promise<Quote>;
    /** List quotes. */
    list(input?: QuotesListInput, options?: RequestOptions): List<Quote>;
    /** Send a quote. */
    send(id: string, options?: RequestOptions): Promise<Quote>;
    /** Change a draft of a quote. */
    update(id: string, input?: QuotesUpdateInput, options?: RequestOptions): Promise<Quote>;
  };
  rateTables: {
    /** Bring the prices of a carrier. */
    create(input: RateTablesCreateInput, options?: RequestOptions): Promise<RateTable>;
    /** Get a rate table. */
    get(id: string, input?: RateTablesGetInput, options?: RequestOptions): Promise<RateTable>;
    /** List rate tables. */
    list(input?: RateTablesListInput, options?: RequestOptions): List<RateTable>;
    /** Retire a rate table. */
    retire(id: string, options?: RequestOptions): Promise<RateTable>;
  };
  refunds: {
    /** Refund a payment. */
    create(input: RefundsCreateInput, options?: RequestOptions): Promise<Refund>;
    /** Get a refund. */
    get(id: string, input?: RefundsGetInput, options?: RequestOptions): Promise<Refund>;
    /** List refunds. */
    list(input?: RefundsListInput, options?: RequestOptions): List<Refund>;
  };
  returns: {
    /** Approve a return. */
    approve(id: string, options?: RequestOptions): Promise<Return>;
    /** Ask for a return. */
    create(input: ReturnsCreateInput, options?: RequestOptions): Promise<Return>;
    /** Get a return. */
    get(id: string, input?: ReturnsGetInput, options?: RequestOptions): Promise<Return>;
    /** List returns. */
    list(input?: ReturnsListInput, options?: RequestOptions): List<Return>;
    /** Receive the goods of a return. */
    receive(id: string, input?: ReturnsReceiveInput, options?: RequestOptions): Promise<Return>;
    /** Reject a return. */
    reject(id: string, options?: RequestOptions): Promise<Return>;
    /** Refund or exchange a return. */
    settle(id: string, input?: ReturnsSettleInput, options?: RequestOptions): Promise<Return>;
  };
  search: {
    /** Search. */
    find(input: SearchFindInput, options?: RequestOptions): Promise<SearchResult>;
  };
  services: {
    /** List the services of this process. */
    list(options?: RequestOptions): Promise<{ "data": (Service)[]; }>;
    /** Change the log level of a service. */
    update(name: string, input: ServicesUpdateInput, options?: RequestOptions): Promise<Service>;
  };
  sessions: {
    /** End a session. */
    delete(id: string, options?: RequestOptions): Promise<Session>;
    /** List sessions. */
    list(input?: SessionsListInput, options?: RequestOptions): List<Session>;
  };
  shippingQuotes: {
    /** Ask what shipping costs. */
    create(input: ShippingQuotesCreateInput, options?: RequestOptions): Promise<ShippingQuote>;
    /** Get a shipping quote. */
    get(id: string, input?: ShippingQuotesGetInput, options?: RequestOptions): Promise<ShippingQuote>;
    /** Buy what a quote offers. */
    purchase(id: string, input: ShippingQuotesPurchaseInput, options?: RequestOptions): Promise<Shipment>;
  };
  shipping: {
    /** Ship an order or a part of it. */
    create(input: ShippingCreateInput, options?: RequestOptions): Promise<Shipment>;
    /** Get a shipment. */
    get(id: string, input?: ShippingGetInput, options?: RequestOptions): Promise<TrackedShipment>;
    /** List shipments. */
    list(input?: ShippingListInput, options?: RequestOptions): List<Shipment>;
    /** Take a shipment apart that has not left. */
    unpack(id: string, options?: RequestOptions): Promise<TrackedShipment>;
  };
  stockAdjustments: {
    /** List stock adjustments. */
    list(input?: StockAdjustmentsListInput, options?: RequestOptions): List<StockAdjustment>;
  };
  stockCounts: {
    /** Approve a count. */
    approve(id: string, input?: StockCountsApproveInput, options?: RequestOptions): Promise<StockCount>;
    /** Cancel a count. */
    cancel(id: string, options?: RequestOptions): Promise<StockCount>;
    /** Start a cycle count. */
    create(input?: StockCountsCreateInput, options?: RequestOptions): Promise<StockCount>;
    /** Enter what was counted. */
    enter(id: string, input: StockCountsEnterInput, options?: RequestOptions): Promise<StockCount>;
    /** Get a cycle count. */
    get(id: string, input?: StockCountsGetInput, options?: RequestOptions): Promise<StockCount>;
    /** List the products of a count. */
    lines(id: string, input?: StockCountsLinesInput, options?: RequestOptions): List<StockCountLine>;
    /** List cycle counts. */
    list(input?: StockCountsListInput, options?: RequestOptions): List<StockCount>;
    /** Ask for a recount. */
    recount(id: string, input?: StockCountsRecountInput, options?: RequestOptions): Promise<StockCount>;
    /** Reject a count. */
    reject(id: string, input: StockCountsRejectInput, options?: RequestOptions): Promise<StockCount>;
    /** Submit a count for approval. */
    submit(id: string, options?: RequestOptions): Promise<StockCount>;
  };
  stockLevels: {
    /** Get a stock level. */
    get(id: string, input?: StockLevelsGetInput, options?: RequestOptions): Promise<StockLevel>;
    /** List stock levels. */
    list(input?: StockLevelsListInput, options?: RequestOptions): List<StockLevel>;
    /** Set a reorder point. */
    update(id: string, input: StockLevelsUpdateInput, options?: RequestOptions): Promise<StockLevel>;
  };
  stockMovements: {
    /** List stock movements. */
    list(input?: StockMovementsListInput, options?: RequestOptions): List<StockMovement>;
  };
  stockTransfers: {
    /** Transfer stock between warehouses. */
    create(input: StockTransfersCreateInput, options?: RequestOptions): Promise<StockTransfer>;
    /** Get a stock transfer. */
    get(id: string, input?: StockTransfersGetInput, options?: RequestOptions): Promise<StockTransfer>;
    /** List stock transfers. */
    list(input?: StockTransfersListInput, options?: RequestOptions): List<StockTransfer>;
  };
  users: {
    /** Create a user. */
    create(input: UsersCreateInput, options?: RequestOptions): Promise<User>;
    /** Archive a user. */
    delete(id: string, options?: RequestOptions): Promise<User>;
    /** Get a user. */
    get(id: string, input?: UsersGetInput, options?: RequestOptions): Promise<User>;
    /** Send an invitation. */
    invite(id: string, options?: RequestOptions): Promise<User>;
    /** List users. */
    list(input?: UsersListInput, options?: RequestOptions): List<User>;
    /** Mail the verification again. */
    resendVerification(id: string, options?: RequestOptions): Promise<User>;
    /** Restore an archived user. */
    restore(id: string, options?: RequestOptions): Promise<User>;
    /** Set a password. */
    setPassword(id: string, input: UsersSetPasswordInput, options?: RequestOptions): Promise<User>;
    /** Change a user. */
    update(id: string, input?: UsersUpdateInput, options?: RequestOptions): Promise<User>;
  };
  warehouses: {
    /** Archive a warehouse. */
    archive(id: string, options?: RequestOptions): Promise<Warehouse>;
    /** Create a warehouse. */
    create(input: WarehousesCreateInput, options?: RequestOptions): Promise<Warehouse>;
    /** Get a warehouse. */
    get(id: string, input?: WarehousesGetInput, options?: RequestOptions): Promise<Warehouse>;
    /** List warehouses. */
    list(input?: WarehousesListInput, options?: RequestOptions): List<Warehouse>;
    /** Change a warehouse. */
    update(id: string, input?: WarehousesUpdateInput, options?: RequestOptions): Promise<Warehouse>;
  };
  webhookDeliveries: {
    /** Get a delivery. */
    get(id: string, deliveryId: string, input?: WebhookDeliveriesGetInput, options?: RequestOptions): Promise<WebhookDelivery>;
    /** List deliveries. */
    list(id: string, input?: WebhookDeliveriesListInput, options?: RequestOptions): List<WebhookDelivery>;
    /** Send a delivery again. */
    replay(id: string, deliveryId: string, options?: RequestOptions): Promise<WebhookDelivery>;
  };
  webhooks: {
    /** Register a webhook. */
    create(input: WebhooksCreateInput, options?: RequestOptions): Promise<WebhookWithSecret>;
    /** Delete a webhook. */
    delete(id: string, options?: RequestOptions): Promise<void>;
    /** Get a webhook. */
    get(id: string, input?: WebhooksGetInput, options?: RequestOptions): Promise<Webhook>;
    /** List webhooks. */
    list(input?: WebhooksListInput, options?: RequestOptions): List<Webhook>;
    /** Replace the secret. */
    rotateSecret(id: string, input?: WebhooksRotateSecretInput, options?: RequestOptions): Promise<WebhookWithSecret>;
    /** Send a test event. */
    test(id: string, options?: RequestOptions): Promise<WebhookDelivery>;
    /** Change, pause or resume a webhook. */
    update(id: string, input?: WebhooksUpdateInput, options?: RequestOptions): Promise<Webhook>;
  };
}

export const canonicalContract: Contract = {
  opaque: new Set(["checks","dependencies","metadata"]),
  resources: {
    apiKeys: {
      create: {"method":"POST","path":"/api-keys","input":"body"},
      delete: {"method":"DELETE","path":"/api-keys/{id}"},
      get: {"method":"GET","path":"/api-keys/{id}","input":"query"},
      list: {"method":"GET","path":"/api-keys","input":"query","pages":"cursor"},
      rotate: {"method":"POST","path":"/api-keys/{id}/rotate","input":"body"},
      update: {"method":"PATCH","path":"/api-keys/{id}","input":"body"},
      usage: {"method":"GET","path":"/api-keys/{id}/usage"},
    },
    auditLogs: {
      list: {"method":"GET","path":"/audit-logs","input":"query","pages":"cursor"},
    },
    carrierAccounts: {
      create: {"method":"POST","path":"/carrier-accounts","input":"body"},
      delete: {"method":"DELETE","path":"/carrier-accounts/{id}"},
      get: {"method":"GET","path":"/carrier-accounts/{id}","input":"query"},
      list: {"method":"GET","path":"/carrier-accounts","input":"query","pages":"cursor"},
      rotate: {"method":"POST","path":"/carrier-accounts/{id}/rotate-secret"},
    },
    contacts: {
      create: {"method":"POST","path":"/customers/{id}/contacts","input":"body"},
      delete: {"method":"DELETE","path":"/customers/{id}/contacts/{contact_id}"},
      get: {"method":"GET","path":"/customers/{id}/contacts/{contact_id}","input":"query"},
      list: {"method":"GET","path":"/customers/{id}/contacts","input":"query","pages":"cursor"},
      update: {"method":"PATCH","path":"/customers/{id}/contacts/{contact_id}","input":"body"},
    },
    customerAddresses: {
      create: {"method":"POST","path":"/customers/{id}/addresses","input":"body"},
      delete: {"method":"DELETE","path":"/customers/{id}/addresses/{address_id}"},
      get: {"method":"GET","path":"/customers/{id}/addresses/{address_id}","input":"query"},
      list: {"method":"GET","path":"/customers/{id}/addresses","input":"query","pages":"cursor"},
      update: {"method":"PATCH","path":"/customers/{id}/addresses/{address_id}","input":"body"},
    },
    customers: {
      archive: {"method":"DELETE","path":"/customers/{id}"},
      balance: {"method":"GET","path":"/customers/{id}/balance"},
      create: {"method":"POST","path":"/customers","input":"body"},
      erase: {"method":"POST","path":"/customers/{id}/erase"},
      get: {"method":"GET","path":"/customers/{id}","input":"query"},
      list: {"method":"GET","path":"/customers","input":"query","pages":"cursor"},
      merge: {"method":"POST","path":"/customers/{id}/merge","input":"body"},
      restore: {"method":"POST","path":"/customers/{id}/restore"},
      statement: {"method":"GET","path":"/customers/{id}/statement","input":"query"},
      update: {"method":"PATCH","path":"/customers/{id}","input":"body"},
    },
    disputes: {
      get: {"method":"GET","path":"/disputes/{id}","input":"query"},
      list: {"method":"GET","path":"/disputes","input":"query","pages":"cursor"},
      submitEvidence: {"method":"POST","path":"/disputes/{id}/evidence","input":"body"},
    },
    eventTypes: {
      list: {"method":"GET","path":"/event-types"},
    },
    events: {
      get: {"method":"GET","path":"/events/{id}","input":"query"},
      list: {"method":"GET","path":"/events","input":"query","pages":"cursor"},
    },
    exports: {
      get: {"method":"GET","path":"/exports/{id}","input":"query"},
      list: {"method":"GET","path":"/exports","input":"query","pages":"cursor"},
      start: {"method":"POST","path":"/exports","input":"body"},
    },
    idempotencyKeys: {
      get: {"method":"GET","path":"/idempotency-keys/{key}"},
    },
    imports: {
      errors: {"method":"GET","path":"/imports/{id}/errors","input":"query","pages":"cursor"},
      get: {"method":"GET","path":"/imports/{id}","input":"query"},
      list: {"method":"GET","path":"/imports","input":"query","pages":"cursor"},
      start: {"method":"POST","path":"/imports","input":"query"},
    },
    inventorySettings: {
      get: {"method":"GET","path":"/inventory/settings"},
      update: {"method":"PATCH","path":"/inventory/settings","input":"body"},
    },
    inventory: {
      adjust: {"method":"POST","path":"/inventory/adjust","input":"body"},
    },
    jobs: {
      cancel: {"method":"POST","path":"/jobs/{id}/cancel"},
      get: {"method":"GET","path":"/jobs/{id}","input":"query"},
      list: {"method":"GET","path":"/jobs","input":"query","pages":"cursor"},
      retry: {"method":"POST","path":"/jobs/{id}/retry"},
    },
    oauthClients: {
      create: {"method":"POST","path":"/oauth-clients","input":"body"},
      delete: {"method":"DELETE","path":"/oauth-clients/{id}"},
      get: {"method":"GET","path":"/oauth-clients/{id}","input":"query"},
      list: {"method":"GET","path":"/oauth-clients","input":"query","pages":"cursor"},
      rotateSecret: {"method":"POST","path":"/oauth-clients/{id}/rotate-secret"},
      update: {"method":"PATCH","path":"/oauth-clients/{id}","input":"body"},
    },
    orderApprovalRules: {
      create: {"method":"POST","path":"/order-approval-rules","input":"body"},
      delete: {"method":"DELETE","path":"/order-approval-rules/{id}"},
      get: {"method":"GET","path":"/order-approval-rules/{id}","input":"query"},
      list: {"method":"GET","path":"/order-approval-rules","input":"query","pages":"cursor"},
      update: {"method":"PATCH","path":"/order-approval-rules/{id}","input":"body"},
    },
    orders: {
      approve: {"method":"POST","path":"/orders/{id}/approve"},
      cancel: {"method":"POST","path":"/orders/{id}/cancel","input":"body"},
      cancelRest: {"method":"POST","path":"/orders/{id}/cancel-rest","input":"body"},
      capture: {"method":"POST","path":"/orders/{id}/capture"},
      confirm: {"method":"POST","path":"/orders/{id}/confirm"},
      create: {"method":"POST","path":"/orders","input":"body"},
      deliver: {"method":"POST","path":"/orders/{id}/deliver","input":"body"},
      get: {"method":"GET","path":"/orders/{id}","input":"query"},
      history: {"method":"GET","path":"/orders/{id}/history","input":"query"},
      list: {"method":"GET","path":"/orders","input":"query","pages":"cursor"},
      preview: {"method":"POST","path":"/orders/preview","input":"body"},
      process: {"method":"POST","path":"/orders/{id}/process"},
      reject: {"method":"POST","path":"/orders/{id}/reject","input":"body"},
      ship: {"method":"POST","path":"/orders/{id}/ship","input":"body"},
      update: {"method":"PATCH","path":"/orders/{id}","input":"body"},
    },
    organizations: {
      create: {"method":"POST","path":"/organizations","input":"body"},
      get: {"method":"GET","path":"/organizations/{id}","input":"query"},
      list: {"method":"GET","path":"/organizations","input":"query","pages":"cursor"},
      update: {"method":"PATCH","path":"/organizations/{id}","input":"body"},
    },
    paymentMethods: {
      create: {"method":"POST","path":"/payment-methods","input":"body"},
      delete: {"method":"DELETE","path":"/payment-methods/{id}"},
      get: {"method":"GET","path":"/payment-methods/{id}","input":"query"},
      list: {"method":"GET","path":"/payment-methods","input":"query","pages":"cursor"},
      setDefault: {"method":"POST","path":"/payment-methods/{id}/set-default"},
      tokenize: {"method":"POST","path":"/payment-methods/tokenize","input":"body"},
      types: {"method":"GET","path":"/payment-methods/types"},
      verify: {"method":"POST","path":"/payment-methods/{id}/verify","input":"body"},
    },
    payments: {
      capture: {"method":"POST","path":"/payments/{id}/capture","input":"body"},
      create: {"method":"POST","path":"/payments","input":"body"},
      get: {"method":"GET","path":"/payments/{id}","input":"query"},
      history: {"method":"GET","path":"/payments/{id}/history","input":"query"},
      list: {"method":"GET","path":"/payments","input":"query","pages":"cursor"},
      refund: {"method":"POST","path":"/payments/{id}/refund","input":"body"},
      void: {"method":"POST","path":"/payments/{id}/void"},
    },
    prices: {
      archive: {"method":"DELETE","path":"/prices/{id}"},
      create: {"method":"POST","path":"/products/{id}/prices","input":"body"},
      get: {"method":"GET","path":"/prices/{id}","input":"query"},
      list: {"method":"GET","path":"/prices","input":"query","pages":"cursor"},
      update: {"method":"PATCH","path":"/prices/{id}","input":"body"},
      versions: {"method":"GET","path":"/prices/{id}/versions"},
    },
    products: {
      archive: {"method":"DELETE","path":"/products/{id}"},
      create: {"method":"POST","path":"/products","input":"body"},
      get: {"method":"GET","path":"/products/{id}","input":"query"},
      list: {"method":"GET","path":"/products","input":"query","pages":"cursor"},
      prices: {"method":"GET","path":"/products/{id}/prices","input":"query"},
      restore: {"method":"POST","path":"/products/{id}/restore"},
      update: {"method":"PATCH","path":"/products/{id}","input":"body"},
    },
    quotes: {
      accept: {"method":"POST","path":"/quotes/{id}/accept","input":"body"},
      create: {"method":"POST","path":"/quotes","input":"body"},
      decline: {"method":"POST","path":"/quotes/{id}/decline"},
      get: {"method":"GET","path":"/quotes/{id}","input":"query"},
      list: {"method":"GET","path":"/quotes","input":"query","pages":"cursor"},
      send: {"method":"POST","path":"/quotes/{id}/send"},
      update: {"method":"PATCH","path":"/quotes/{id}","input":"body"},
    },
    rateTables: {
      create: {"method":"POST","path":"/rate-tables","input":"body"},
      get: {"method":"GET","path":"/rate-tables/{id}","input":"query"},
      list: {"method":"GET","path":"/rate-tables","input":"query","pages":"cursor"},
      retire: {"method":"DELETE","path":"/rate-tables/{id}"},
    },
    refunds: {
      create: {"method":"POST","path":"/refunds","input":"body"},
      get: {"method":"GET","path":"/refunds/{id}","input":"query"},
      list: {"method":"GET","path":"/refunds","input":"query","pages":"cursor"},
    },
    returns: {
      approve: {"method":"POST","path":"/returns/{id}/approve"},
      create: {"method":"POST","path":"/returns","input":"body"},
      get: {"method":"GET","path":"/returns/{id}","input":"query"},
      list: {"method":"GET","path":"/returns","input":"query","pages":"cursor"},
      receive: {"method":"POST","path":"/returns/{id}/receive","input":"body"},
      reject: {"method":"POST","path":"/returns/{id}/reject"},
      settle: {"method":"POST","path":"/returns/{id}/settle","input":"body"},
    },
    search: {
      find: {"method":"GET","path":"/search","input":"query"},
    },
    services: {
      list: {"method":"GET","path":"/services"},
      update: {"method":"PATCH","path":"/services/{name}","input":"body"},
    },
    sessions: {
      delete: {"method":"DELETE","path":"/sessions/{id}"},
      list: {"method":"GET","path":"/sessions","input":"query","pages":"cursor"},
    },
    shippingQuotes: {
      create: {"method":"POST","path":"/shipping/quotes","input":"body"},
      get: {"method":"GET","path":"/shipping-quotes/{id}","input":"query"},
      purchase: {"method":"POST","path":"/shipping/quotes/{id}/purchase","input":"body"},
    },
    shipping: {
      create: {"method":"POST","path":"/shipping","input":"body"},
      get: {"method":"GET","path":"/shipping/{id}","input":"query"},
      list: {"method":"GET","path":"/shipping","input":"query","pages":"cursor"},
      unpack: {"method":"POST","path":"/shipping/{id}/unpack"},
    },
    stockAdjustments: {
      list: {"method":"GET","path":"/inventory/adjustments","input":"query","pages":"cursor"},
    },
    stockCounts: {
      approve: {"method":"POST","path":"/inventory/counts/{id}/approve","input":"body"},
      cancel: {"method":"POST","path":"/inventory/counts/{id}/cancel"},
      create: {"method":"POST","path":"/inventory/count","input":"body"},
      enter: {"method":"POST","path":"/inventory/counts/{id}/entries","input":"body"},
      get: {"method":"GET","path":"/inventory/counts/{id}","input":"query"},
      lines: {"method":"GET","path":"/inventory/counts/{id}/lines","input":"query","pages":"cursor"},
      list: {"method":"GET","path":"/inventory/counts","input":"query","pages":"cursor"},
      recount: {"method":"POST","path":"/inventory/counts/{id}/recount","input":"body"},
      reject: {"method":"POST","path":"/inventory/counts/{id}/reject","input":"body"},
      submit: {"method":"POST","path":"/inventory/counts/{id}/submit"},
    },
    stockLevels: {
      get: {"method":"GET","path":"/inventory/levels/{id}","input":"query"},
      list: {"method":"GET","path":"/inventory/levels","input":"query","pages":"cursor"},
      update: {"method":"PATCH","path":"/inventory/levels/{id}","input":"body"},
    },
    stockMovements: {
      list: {"method":"GET","path":"/inventory/movements","input":"query","pages":"cursor"},
    },
    stockTransfers: {
      create: {"method":"POST","path":"/inventory/transfers","input":"body"},
      get: {"method":"GET","path":"/inventory/transfers/{id}","input":"query"},
      list: {"method":"GET","path":"/inventory/transfers","input":"query","pages":"cursor"},
    },
    users: {
      create: {"method":"POST","path":"/users","input":"body"},
      delete: {"method":"DELETE","path":"/users/{id}"},
      get: {"method":"GET","path":"/users/{id}","input":"query"},
      invite: {"method":"POST","path":"/users/{id}/invite"},
      list: {"method":"GET","path":"/users","input":"query","pages":"cursor"},
      resendVerification: {"method":"POST","path":"/users/{id}/verify-email/resend"},
      restore: {"method":"POST","path":"/users/{id}/restore"},
      setPassword: {"method":"POST","path":"/users/{id}/password","input":"body"},
      update: {"method":"PATCH","path":"/users/{id}","input":"body"},
    },
    warehouses: {
      archive: {"method":"DELETE","path":"/warehouses/{id}"},
      create: {"method":"POST","path":"/warehouses","input":"body"},
      get: {"method":"GET","path":"/warehouses/{id}","input":"query"},
      list: {"method":"GET","path":"/warehouses","input":"query","pages":"cursor"},
      update: {"method":"PATCH","path":"/warehouses/{id}","input":"body"},
    },
    webhookDeliveries: {
      get: {"method":"GET","path":"/webhooks/{id}/deliveries/{delivery_id}","input":"query"},
      list: {"method":"GET","path":"/webhooks/{id}/deliveries","input":"query","pages":"cursor"},
      replay: {"method":"POST","path":"/webhooks/{id}/deliveries/{delivery_id}/replay"},
    },
    webhooks: {
      create: {"method":"POST","path":"/webhooks","input":"body"},
      delete: {"method":"DELETE","path":"/webhooks/{id}"},
      get: {"method":"GET","path":"/webhooks/{id}","input":"query"},
      list: {"method":"GET","path":"/webhooks","input":"query","pages":"cursor"},
      rotateSecret: {"method":"POST","path":"/webhooks/{id}/rotate-secret","input":"body"},
      test: {"method":"POST","path":"/webhooks/{id}/test"},
      update: {"method":"PATCH","path":"/webhooks/{id}","input":"body"},
    },
  },
};
