import type { EditionContract } from '#gateway/contract/edition.ts';
import type { Setting } from '#kernel/config-types.ts';
import { ERROR_CATALOGUE, type ErrorKind } from '#kernel/errors.ts';
import { FIELD_ERRORS } from '#kernel/http/fields.ts';
import { SETTINGS } from '#src/config.ts';

const NOTE = '<!-- Printed by `npm run generate`; change the source instead. -->';

/** docs/configuration.md: every setting of src/config.ts. */
export function configurationReference(): string {
  const rows = Object.entries(SETTINGS as Record<string, Setting<unknown>>).map(([name, setting]) => {
    const standard = setting.standard ? `\`${setting.standard}\`` : 'not set';
    const form = setting.secret ? `${setting.form}; a secret, never logged` : setting.form;
    return [`\`${name}\``, form, standard, setting.meaning];
  });
  return `${NOTE}

# Configuration

Settings are environment variables. Without any, \`npm start\` runs with an embedded database and keeps its data in
\`.data/\`. A setting of a wrong form stops the start with one sentence that names it.

${table(['Name', 'Form', 'Default', 'Meaning'], rows)}

With \`DATABASE_URL\` set, one module may live on another server: \`ORDERS_DATABASE_URL\`, \`PAYMENTS_DATABASE_URL\` and so
on, one variable for each module, fall back to it.
`;
}

/** docs/errors.md: the error catalogue and the codes of field findings. */
export function errorReference(editions: readonly EditionContract[]): string {
  const byCode = new Map<string, string[][]>();
  for (const { code, status, title, fix } of Object.values(ERROR_CATALOGUE)) {
    byCode.set(code, [...(byCode.get(code) ?? []), [String(status), title, fix]]);
  }
  const sections = [...byCode].map(
    ([code, rows]) => `### ${code}\n\n${table(['Status', 'What happened', 'What to do'], rows)}`,
  );
  const findings = Object.entries(FIELD_ERRORS).map(([code, meaning]) => [`\`${code}\``, meaning]);
  return `${NOTE}

# Errors

Every refusal has one form. \`code\` is for programs, \`message\` for people, \`request_id\` for whoever helps; each entry of
\`details\` is about one field. The running server explains a code at \`/docs/errors/<code>\`.

\`\`\`json
{
  "error": {
    "code": "ERR_VALIDATION",
    "message": "The body breaks a rule. items[0].quantity: Send a whole number.",
    "request_id": "req_01m85bzpp3e00a29fhn388ttwp",
    "details": [{ "field": "items[0].quantity", "code": "not_integer", "message": "Send a whole number." }],
    "doc_url": "/docs/errors/ERR_VALIDATION"
  }
}
\`\`\`

## Codes

${sections.join('\n\n')}

## Names in the editions, and whether to repeat

What the names stand for is the same everywhere. *Never*: the same request fails again, change it. *After a wait*: repeat
it after \`Retry-After\`, or after 1, 2, 4 … seconds when there is none, with the same idempotency key.

${editionNames(editions)}

## Codes of \`details\`

${table(['Code', 'Meaning'], findings)}

Rules that tie several fields together have codes of their own; their message says what to send.
`;
}

/** Kinds whose cause goes away without the client: waiting helps. All others are about the request itself. */
const PASSING: ReadonlySet<ErrorKind> = new Set([
  'idempotency_running',
  'resource_locked',
  'rate_limited',
  'internal',
  'upstream',
  'unavailable',
  'timeout',
]);

function editionNames(editions: readonly EditionContract[]): string {
  const rows = (Object.keys(ERROR_CATALOGUE) as ErrorKind[]).map((kind) => [
    ERROR_CATALOGUE[kind].title,
    PASSING.has(kind) ? 'after a wait' : 'never',
    ...editions.map(({ errors }) => {
      const { status, code, otherCodes = [] } = errors[kind];
      return `${status} ${[code, ...otherCodes].map((name) => `\`${name}\``).join(', ')}`;
    }),
  ]);
  return table(['What happened', 'Repeat?', ...editions.map(({ name }) => name)], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
