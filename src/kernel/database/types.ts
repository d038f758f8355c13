import pg from 'pg';

/**
 * How PostgreSQL values arrive in our code: `bigint` as a number that is proven safe, `timestamptz` as an ISO 8601
 * UTC string with milliseconds (the form every edition prints), `date` as text, `numeric` as text.
 */
const INT8 = 20;
const DATE = 1082;
const TIMESTAMPTZ = 1184;

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error('A bigint column holds a value past 2^53');
  return value;
}

/** PostgreSQL prints `2026-11-23 23:20:50.123456+00` because every session runs in UTC. */
function parseTimestamp(text: string): string {
  const milliseconds = text.length > 22 ? text.slice(20, text.indexOf('+', 20)).padEnd(3, '0').slice(0, 3) : '000';
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${milliseconds}Z`;
}

const parsers = new Map<number, (text: string) => unknown>([
  [INT8, parseInt8],
  [DATE, (text) => text],
  [TIMESTAMPTZ, parseTimestamp],
]);

/** The `types` option of a pg client. */
export const valueTypes: pg.CustomTypesConfig = {
  getTypeParser(oid, format) {
    const own = format === 'binary' ? undefined : parsers.get(oid);
    return own ?? pg.types.getTypeParser(oid, format);
  },
};
