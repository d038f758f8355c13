import type { SystemStatus } from '#editions/canonical/system/system.ts';
import type { Telemetry } from '#kernel/telemetry/telemetry.ts';
import type { Inventory, LevelHealth } from '#modules/inventory/index.ts';

/** How stock agrees with its movements, for /health/ready and /metrics; the gauges show what was heard last. */
export function stockHealth(
  { metrics }: Telemetry,
  inventory: Pick<Inventory, 'levelHealth'>,
): Pick<SystemStatus, 'checks' | 'metrics'> {
  let heard: LevelHealth = { mismatches: 0, unverified: 0 };
  metrics.gauge('inventory', 'level_mismatch', 'count', () => heard.mismatches, {
    description: 'Stock levels that are not the sum of their movements; there must be none.',
  });
  metrics.gauge('inventory', 'level_unverified', 'count', () => heard.unverified, {
    description: 'Changes of stock that the continuous check has not looked at yet; counted up to 10,000.',
  });
  async function listen(): Promise<void> {
    heard = await inventory.levelHealth();
  }
  return {
    async checks() {
      await listen();
      return { stock_levels: { ok: heard.mismatches === 0, ...heard } };
    },
    async metrics() {
      // A scrape must not fail because one number cannot be had; it then shows the last one.
      await listen().catch(() => undefined);
      return metrics.render();
    },
  };
}
