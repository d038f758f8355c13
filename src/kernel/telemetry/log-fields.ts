import { scrubText } from './scrub.ts';

/**
 * Every field that a log line may carry. This is an allow-list on purpose: a field that is not here is refused by the
 * types and dropped at run time, so that nobody logs a request body, a header or a person by accident. A new field adds
 * its line here, and none may hold a secret or personal data. `id` and `text` values are scrubbed, `number` and `flag`
 * values of another type are dropped.
 */
const FIELD_KINDS = {
  correlation_id: 'id',
  trace_id: 'id',
  span_id: 'id',
  org_id: 'id',
  actor_id: 'id',
  object_id: 'id',
  event_id: 'id',
  job_id: 'id',
  saga_id: 'id',
  delivery_id: 'id',
  webhook_id: 'id',
  actor_kind: 'text',
  livemode: 'flag',
  edition: 'text',
  operation: 'text',
  method: 'text',
  /** The pattern (`/orders/:id`), never the URL: a query string may hold anything. */
  route: 'text',
  status: 'number',
  duration_ms: 'number',
  bytes: 'number',
  count: 'number',
  attempt: 'number',
  delay_ms: 'number',
  limit: 'number',
  lag: 'number',
  position: 'number',
  error_code: 'text',
  reason: 'text',
  event_type: 'text',
  job_type: 'text',
  saga: 'text',
  step: 'text',
  consumer: 'text',
  source: 'text',
  topic: 'text',
  queue: 'text',
  dependency: 'text',
  breaker: 'text',
  state: 'text',
  role: 'text',
  module: 'text',
  schema: 'text',
  migration: 'text',
  setting: 'text',
  host: 'text',
  port: 'number',
  pid: 'number',
  version: 'text',
} as const;

type FieldKinds = typeof FIELD_KINDS;
type FieldName = keyof FieldKinds;
type FieldType<Kind> = Kind extends 'number' ? number : Kind extends 'flag' ? boolean : string;

/** What a line may say beside its message. `error` takes anything that was thrown. */
export type LogFields = { [Name in FieldName]?: FieldType<FieldKinds[Name]> | undefined } & { error?: unknown };

export interface LoggedError {
  name: string;
  code: string;
  message: string;
  stack: string;
  cause?: LoggedError;
}

/** Ids of ours and of W3C Trace Context need no search; anything else that claims to be an id does. */
const KNOWN_ID = /^(?:[a-z]{2,4}_[0-9a-z]{26}|[0-9a-f]{16}|[0-9a-f]{32})$/;
const MAX_CAUSES = 3;

const KIND_OF = new Map<string, FieldKinds[FieldName] | 'error'>([
  ...(Object.entries(FIELD_KINDS) as [FieldName, FieldKinds[FieldName]][]),
  ['error', 'error'],
]);

/** Copies the allowed fields of `source` into `target`, scrubbed; returns `target`. */
export function copyFields(target: Record<string, unknown>, source: LogFields): Record<string, unknown> {
  for (const name in source) {
    const kind = KIND_OF.get(name);
    const value: unknown = source[name as FieldName];
    if (kind === 'error') {
      if (value !== undefined && value !== null) target[name] = describeError(value);
    } else if (typeof value === 'string') {
      if (kind === 'text') target[name] = scrubText(value);
      else if (kind === 'id') target[name] = KNOWN_ID.test(value) ? value : scrubText(value);
    } else if ((kind === 'number' && typeof value === 'number') || (kind === 'flag' && typeof value === 'boolean')) {
      target[name] = value;
    }
  }
  return target;
}

/** Name, code, scrubbed message and stack of anything thrown, with up to three causes; no other property is read. */
export function describeError(thrown: unknown, depth = 0): LoggedError {
  if (!(thrown instanceof Error)) {
    return {
      name: 'NonError',
      code: '',
      message: scrubText(typeof thrown === 'string' ? thrown : typeof thrown),
      stack: '',
    };
  }
  const { code, kind, cause } = thrown as Error & { code?: unknown; kind?: unknown };
  const described: LoggedError = {
    name: scrubText(thrown.name),
    code: scrubText(typeof code === 'string' ? code : typeof kind === 'string' ? kind : ''),
    message: scrubText(thrown.message),
    stack: scrubText(thrown.stack ?? ''),
  };
  if (cause !== undefined && cause !== null && depth < MAX_CAUSES) described.cause = describeError(cause, depth + 1);
  return described;
}
