import { startHelper } from '../support/child.ts';
import type { LoadOrder, LoadResult } from './load-order.ts';

/** The load generator's process; one for the whole bench, so that its code is equally warm for all measurements. */
export interface LoadClient {
  /** Loads a server. Errors: an unexpected status, a broken connection. */
  run(order: LoadOrder): Promise<LoadResult>;
  stop(): void;
}

export function startLoadClient(): LoadClient {
  const generator = startHelper('load/load.ts');
  return {
    async run(order) {
      const { result } = await generator.ask<{ result: LoadResult }>(order);
      if (result.unexpected === 0) return result;
      throw new Error(`${result.unexpected} unexpected answers ${JSON.stringify(result.statuses)}: ${result.sample}`);
    },
    stop: generator.stop,
  };
}
