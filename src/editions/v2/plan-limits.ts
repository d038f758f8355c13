import type { PlanLimits } from '#gateway/rate-limit/buckets.ts';
import type { Principal } from '#kernel/http/principal.ts';
import type { KeyPrincipal, Plan } from '#modules/identity/index.ts';

/** Requests by plan (C-03, V2-14..16); Enterprise starts with those of Pro and is agreed on by account. */
const LIMITS: Record<Plan, Required<PlanLimits>> = {
  free: { perMinute: 60, perDay: 10_000 },
  starter: { perMinute: 300, perDay: 100_000 },
  pro: { perMinute: 1_000, perDay: 1_000_000 },
  enterprise: { perMinute: 1_000, perDay: 1_000_000 },
};

/** What the organisation of a key may ask for; what was agreed on with it comes first. */
export function planLimits(principal: Principal): PlanLimits {
  const { plan, requestLimits } = (principal as KeyPrincipal).key;
  const { perMinute, perDay } = LIMITS[plan];
  return { perMinute: requestLimits.perMinute ?? perMinute, perDay: requestLimits.perDay ?? perDay };
}
