import { type Logger as PinoLogger, pino } from 'pino';
import type { Clock } from '../clock.ts';
import { invalidField } from '../errors.ts';
import { newId } from '../ids.ts';
import { copyFields, type LogFields } from './log-fields.ts';
import { bufferedStandardOutput, type LogOutput } from './log-output.ts';
import { scrubText } from './scrub.ts';

/**
 * Structured logs (OBS-07, OBS-08): one JSON object a line with `timestamp`, `level`, `service`, `correlation_id` and
 * `message`, whose level is set per service while the process runs (OBS-09, OBS-10).
 */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
type WritingLevel = Exclude<LogLevel, 'silent'>;

/** What a request, a job or a consumer puts on each of its lines. */
export interface LogContext {
  correlation_id: string;
  trace_id?: string | undefined;
  span_id?: string | undefined;
  org_id?: string | undefined;
}

export interface Logger {
  fatal(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  trace(message: string, fields?: LogFields): void;
  /** Whether a line of this level would be written; ask before computing something costly. */
  enabled(level: LogLevel): boolean;
  /** The same logger with this context on each line; cheap, and it follows later changes of the level. */
  withContext(context: LogContext): Logger;
}

export interface LoggingOptions {
  /** The level of each service that was not set by `setLevel` (OBS-09: info). */
  level?: LogLevel;
  clock: Clock;
  /** Where lines go; default is standard output, buffered. Tests pass their own `{ write(line) }`. */
  destination?: LogOutput;
}

export interface Logging {
  /** The logger of a service (module or component name); the same one for the same name. */
  service(name: string): Logger;
  /** Changes a service at run time, also one that has not logged yet. Refuses an unknown level with `validation`. */
  setLevel(service: string, level: LogLevel): void;
  /** The level of every service known so far. */
  levels(): Record<string, LogLevel>;
  /** Resolves when everything logged so far has been handed to the operating system. */
  flush(): Promise<void>;
}

export function createLogging(options: LoggingOptions): Logging {
  const defaultLevel = checkedLevel(options.level ?? 'info');
  const output = options.destination ?? bufferedStandardOutput();
  const root = pino(pinoOptions(options.clock), output);
  // Lines outside any request belong to this run of the process, so that a line without correlation_id cannot exist.
  const processContext = { correlation_id: newId('req', options.clock.nowMs()) };
  const services = new Map<string, PinoLogger>();

  function instance(name: string): PinoLogger {
    let known = services.get(name);
    if (!known) {
      known = root.child({ service: scrubText(name) }, { level: defaultLevel });
      services.set(name, known);
    }
    return known;
  }

  return {
    service: (name) => new ServiceLogger(instance(name), processContext),
    setLevel(service, level) {
      instance(service).level = checkedLevel(level);
    },
    levels: () => Object.fromEntries([...services].map(([name, service]) => [name, service.level as LogLevel])),
    flush: async () => output.flush?.(),
  };
}

function pinoOptions(clock: Clock) {
  return {
    level: 'trace',
    base: null,
    messageKey: 'message',
    timestamp: timestampWriter(clock),
    formatters: { level: (label: string) => ({ level: label }) },
  };
}

/** `,"timestamp":"…"`, rendered once a millisecond: making an ISO text costs as much as the rest of the line. */
function timestampWriter(clock: Clock): () => string {
  let renderedMs = Number.NaN;
  let rendered = '';
  return () => {
    const nowMs = clock.nowMs();
    if (nowMs !== renderedMs) {
      renderedMs = nowMs;
      rendered = `,"timestamp":"${new Date(nowMs).toISOString()}"`;
    }
    return rendered;
  };
}

function checkedLevel(level: LogLevel): LogLevel {
  if (LOG_LEVELS.includes(level)) return level;
  throw invalidField('level', 'invalid', `The log level must be one of ${LOG_LEVELS.join(', ')}.`);
}

/** A context beside the service's one pino instance: no pino child a request, and a changed level reaches all. */
class ServiceLogger implements Logger {
  readonly #pino: PinoLogger;
  readonly #context: Record<string, unknown>;

  constructor(instance: PinoLogger, context: LogContext) {
    this.#pino = instance;
    this.#context = copyFields({}, context);
  }

  fatal(message: string, fields?: LogFields): void {
    this.#write('fatal', message, fields);
  }
  error(message: string, fields?: LogFields): void {
    this.#write('error', message, fields);
  }
  warn(message: string, fields?: LogFields): void {
    this.#write('warn', message, fields);
  }
  info(message: string, fields?: LogFields): void {
    this.#write('info', message, fields);
  }
  debug(message: string, fields?: LogFields): void {
    this.#write('debug', message, fields);
  }
  trace(message: string, fields?: LogFields): void {
    this.#write('trace', message, fields);
  }

  enabled(level: LogLevel): boolean {
    return this.#pino.isLevelEnabled(level);
  }

  withContext(context: LogContext): Logger {
    return new ServiceLogger(this.#pino, context);
  }

  #write(level: WritingLevel, message: string, fields: LogFields | undefined): void {
    if (!this.#pino.isLevelEnabled(level)) return;
    const line = { ...this.#context };
    this.#pino[level](fields ? copyFields(line, fields) : line, scrubText(message));
  }
}
