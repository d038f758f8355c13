import { parseArgs } from 'node:util';

export const SCENARIOS = [
  'start',
  'product',
  'user',
  'order',
  'sale',
  'contention',
  'round-trips',
  'list',
  'webhook',
  'editions',
  'import',
  'orders-list',
] as const;
export type ScenarioName = (typeof SCENARIOS)[number];
/** What `--profile` can look into. */
export const PROFILES = ['products', 'users', 'orders', 'sales', 'imports'] as const;
export type ProfileName = (typeof PROFILES)[number];

export interface BenchOptions {
  smoke: boolean;
  /** Exit with 1 when a goal is missed, too. */
  strict: boolean;
  only: readonly ScenarioName[];
  profile: ProfileName | null;
  rounds: number;
  connections: number;
  warmUpMs: number;
  durationMs: number;
  /** Products of the list scenario. */
  products: number;
  /** Orders of the filtered list. */
  orders: number;
  /** Orders of the webhook scenario. */
  webhookOrders: number;
  /** Rows of the file of the import scenario. */
  importRows: number;
  idleMs: number;
  /** How many orders of six pieces the stock of the contention scenario is for, and how long its clients work. */
  contendedOrders: number;
  contentionMs: number;
}

const FULL = {
  rounds: 5,
  connections: 32,
  warmUpMs: 300,
  durationMs: 2_500,
  products: 1_000_100,
  orders: 5_000_000,
  webhookOrders: 200,
  importRows: 1_000_000,
  idleMs: 5_000,
  contendedOrders: 600,
  contentionMs: 6_000,
};
const SMOKE = {
  rounds: 1,
  connections: 8,
  warmUpMs: 200,
  durationMs: 400,
  products: 2_100,
  orders: 3_000,
  webhookOrders: 10,
  importRows: 5_000,
  idleMs: 500,
  contendedOrders: 40,
  contentionMs: 1_500,
};

export const USAGE = `Usage: npm run bench -- [--smoke] [--strict] [--only ${SCENARIOS.join('|')}] [--orders <count>] [--import-rows <count>] [--profile ${PROFILES.join('|')}]`;

/** Reads the command line. Errors: an Error whose message is for people. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      smoke: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      profile: { type: 'string' },
      orders: { type: 'string' },
      'import-rows': { type: 'string' },
    },
  });
  const only = values.only.map((name) => oneOf(SCENARIOS, name));
  return {
    ...(values.smoke ? SMOKE : FULL),
    ...(values.orders === undefined ? {} : { orders: Number(values.orders) }),
    ...(values['import-rows'] === undefined ? {} : { importRows: Number(values['import-rows']) }),
    smoke: values.smoke,
    strict: values.strict,
    only: only.length > 0 ? only : SCENARIOS,
    profile: values.profile === undefined ? null : oneOf(PROFILES, values.profile),
  };
}

function oneOf<Name extends string>(names: readonly Name[], given: string): Name {
  const found = names.find((name) => name === given);
  if (!found) throw new Error(`"${given}" is none of ${names.join(', ')}.\n${USAGE}`);
  return found;
}
