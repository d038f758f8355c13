import type { PlanLimits } from '#gateway/rate-limit/buckets.ts';
import type { Principal } from '#kernel/http/principal.ts';
import type { KeyPrincipal, Plan } from '#modules/identity/index.ts';

/** Requests per minute by plan (C-03): Standard 100, Professional 1,000; Enterprise starts there and is negotiated. */
const PER_MINUTE: Record<Plan, number> = { free: 100, starter: 100, pro: 1_000, enterprise: 1_000 };

/** What the organisation of a key may ask for; what was agreed on with it comes first. */
export function tierLimits(principal: Principal): PlanLimits {
  const { plan, requestLimits } = (principal as KeyPrincipal).key;
  return { perMinute: requestLimits.perMinute ?? PER_MINUTE[plan], perDay: requestLimits.perDay ?? undefined };
}
