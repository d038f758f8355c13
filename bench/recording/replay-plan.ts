import { cutAtIds, TYPE_ID } from './copied-rows.ts';
import type { RecordedFlight, RecordedStatement } from './recording-proxy.ts';

/** Recorded statements with holes where each run puts new ids. */
export interface ReplayPlan {
  flights: { text: string; values: (string | null | { base64: string } | (string | number)[])[] }[][];
  /** The ids that must be new for each run, as they stood in the recording. */
  freshIds: string[];
}

/** The loops that work behind the answers, by what they touch: they would run for the baseline too, and are not counted. */
const BEHIND_ANSWERS = /\.(inbox|jobs)\b|kernel\.consumers/;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;
/** Leases end in the future; those of the recording would be over when it is replayed, and the server would take over. */
const NEVER = '2099-12-31T00:00:00.000Z';
/** The driver sends this by itself when it has another tenant. */
const TENANT = /^select set_config/;
const MACHINERY = /^techcorp (relay|audit|webhooks) /;

/**
 * Makes a plan of what requests sent, transaction after transaction.
 * @param since an id made just before; ids after it are taken for new, older ones stay
 */
export function planOf(recorded: readonly RecordedFlight[], since: string): ReplayPlan {
  const nowMs = Date.now();
  const prolonged = (text: string) => text.replaceAll(TIME, (time) => (Date.parse(time) > nowMs ? NEVER : time));
  const flights = transactionsOf(recorded)
    .filter((transaction) => !transaction.flat().some(({ text }) => BEHIND_ANSWERS.test(text) || TENANT.test(text)))
    .flat();
  const texts = flights.flatMap((flight) => flight.flatMap(({ values }) => values.filter(isText)));
  const ids = texts.flatMap((text) => text.match(TYPE_ID) ?? []).filter((id) => id.slice(-26) > since.slice(-26));
  const freshIds = [...new Set(ids)];
  return {
    freshIds,
    flights: flights.map((flight) =>
      flight.map(({ text, values }) => ({
        text,
        values: values.map((value) => (isText(value) ? cutAtIds(prolonged(value), freshIds) : value)),
      })),
    ),
  };
}

/** The flights of each transaction together, in the order in which the transactions began. */
function transactionsOf(recorded: readonly RecordedFlight[]): RecordedStatement[][][] {
  const transactions: RecordedStatement[][][] = [];
  const open = new Map<string, RecordedStatement[][]>();
  for (const { session, statements } of recorded) {
    if (MACHINERY.test(session)) continue;
    let transaction = open.get(session);
    if (!transaction) {
      transaction = [];
      transactions.push(transaction);
      if (statements[0]!.text === 'begin') open.set(session, transaction);
    }
    transaction.push(statements);
    if (['commit', 'rollback'].includes(statements.at(-1)!.text)) open.delete(session);
  }
  return transactions;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
