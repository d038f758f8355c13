import type { Credentials } from './credentials.ts';

/** The lines between these are a script that works when pasted; CI runs it as it is printed. */
export const TOUR_START = '# --- the tour: paste it into a shell -------------------------------------------';
export const TOUR_END = '# --- end of the tour -----------------------------------------------------------';

/** What a newcomer sees after the start: where things are, who they are, and a first sale with curl. */
export function tour(credentials: Credentials, file: string): string {
  const { organization_admin: admin } = credentials.clients;
  return `
Credentials (also in ${file}):
  organisation         ${credentials.organization_id}
  organization_admin   ${admin.client_id}  ${admin.client_secret}
  platform_admin       ${credentials.clients.platform_admin.client_id}  ${credentials.clients.platform_admin.client_secret}

${TOUR_START}
${tourScript(credentials)}
${TOUR_END}
`;
}

/** The tour as a shell script: token, product, stock, customer, payment method, order, confirmation, shipment, label, delivery, history. */
export function tourScript(credentials: Credentials): string {
  const { client_id, client_secret } = credentials.clients.organization_admin;
  return `BASE=${credentials.base_url}
id() { sed -E 's/^[^"]*"id":"([^"]*)".*/\\1/'; }
TOKEN=$(curl -sS -u '${client_id}:${client_secret}' -d grant_type=client_credentials $BASE/auth/token | sed -E 's/.*"access_token":"([^"]*)".*/\\1/')
call() { curl -sS --fail-with-body -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' "$@"; }
PRODUCT=$(call $BASE/products -d '{"name":"Steel bolt M8","description":"Box of 100","price":1999,"currency":"USD","category":"hardware","active":true}' | id)
call $BASE/inventory/adjust -d "{\\"product_id\\":\\"$PRODUCT\\",\\"quantity_change\\":10,\\"reason\\":\\"opening\\",\\"reference_id\\":\\"count-1\\"}"; echo
CUSTOMER=$(call $BASE/customers -d '{"type":"company","name":"Acme Corp","email":"buyer@acme.example","currency":"USD"}' | id)
METHOD=$(call $BASE/payment-methods -d "{\\"customer_id\\":\\"$CUSTOMER\\",\\"type\\":\\"card\\",\\"token\\":\\"tok_visa\\"}" | id)
ORDER=$(call $BASE/orders -H 'Idempotency-Key: my-first-order-'$PRODUCT -d "{\\"customer_id\\":\\"$CUSTOMER\\",\\"currency\\":\\"USD\\",\\"items\\":[{\\"product_id\\":\\"$PRODUCT\\",\\"quantity\\":2,\\"unit_price\\":1999}],\\"total\\":3998,\\"payment_method_id\\":\\"$METHOD\\"}" | id)
call -X POST $BASE/orders/$ORDER/confirm; echo
call -X POST $BASE/orders/$ORDER/process > /dev/null
CARRIER=$(call $BASE/carrier-accounts -d '{"carrier":"custom"}')
SECRET=$(echo "$CARRIER" | sed -E 's/.*"secret":"([^"]*)".*/\\1/')
FROM='{"name":"Bolt & Sons","line1":"1 Dock Road","city":"Hamburg","country":"DE"}'
TO='{"name":"Acme Corp","line1":"2 rue de la Paix","city":"Paris","country":"FR"}'
SHIPMENT=$(call $BASE/shipping -d "{\\"order_id\\":\\"$ORDER\\",\\"carrier\\":\\"custom\\",\\"tracking_number\\":\\"$ORDER\\",\\"tracking_url_template\\":\\"https://carrier.example/{tracking_number}\\",\\"estimated_delivery\\":\\"2030-01-15\\",\\"from\\":$FROM,\\"to\\":$TO}" | id)
LABEL=\${TMPDIR:-/tmp}/label-$SHIPMENT.pdf
call $BASE/shipping/$SHIPMENT/label -d '{"format":"pdf"}' -o $LABEL; ls -l $LABEL
hmac() { node -e 'console.log(require("node:crypto").createHmac("sha256",process.argv[1]).update(process.argv[2]).digest("hex"))' "$SECRET" "$1"; }
news() { T=$(date +%s); BODY="{\\"tracking_number\\":\\"$ORDER\\",\\"status\\":\\"$1\\",\\"occurred_at\\":\\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\\"}"; call -H "X-Signature: t=$T,mac=$(hmac "$T.$BODY")" "$BASE/inbound/carriers/custom?account=$(echo "$CARRIER" | id)" -d "$BODY"; echo; }
news picked_up; news delivered
for _ in 1 2 3 4 5 6 7 8 9 10; do call $BASE/orders/$ORDER | grep -q '"status":"delivered"' && break; sleep 1; done
call $BASE/orders/$ORDER; echo
call $BASE/orders/$ORDER/history; echo
call "$BASE/inventory/levels?product_id=$PRODUCT"; echo`;
}
