import { setTimeout as delay } from 'node:timers/promises';
import { residentBytes } from '../support/process-usage.ts';
import type { Scenario } from '../support/scenario.ts';

const MEGABYTE = 1_000_000;
const MEMORY_GOAL = 200;
const START_GOAL_MS = 2_000;

/** The second start (the database is there) and the memory of a server that has nothing to do. Runs before any load. */
export const start: Scenario = async ({ server, options }) => {
  await delay(options.idleMs);
  const megabytes = residentBytes(server.processId) / MEGABYTE;
  return [
    {
      work: 'second start, until ready',
      baseline: '–',
      ours: `${(server.readyMs / 1_000).toFixed(2)} s`,
      ratio: '–',
      goal: `< ${START_GOAL_MS / 1_000} s`,
      met: server.readyMs < START_GOAL_MS,
    },
    {
      work: `idle memory, ${options.idleMs / 1_000} s after start, without PostgreSQL`,
      baseline: '–',
      ours: `${megabytes.toFixed(0)} MB`,
      ratio: '–',
      goal: `< ${MEMORY_GOAL} MB`,
      met: megabytes < MEMORY_GOAL,
    },
  ];
};
