import { appendFileSync } from 'node:fs';
import { inspect } from 'node:util';

/** How test/run.ts tells the reporter where to write. */
export const reportVariable = 'TEST_REPORT_FILE';

/** One line of the report file: a test that began or one that ended. */
export type ReportLine =
  | { kind: 'started'; file: string; name: string }
  | {
      kind: 'ended';
      file: string;
      /** The names from the outermost suite inwards, joined by ' > '. */
      name: string;
      status: 'passed' | 'failed' | 'skipped';
      durationMs: number;
      /** What went wrong, as a person wants to read it; only of failed tests. */
      error?: string;
    };

/** The parts of node:test's events that we use. */
interface TestEvent {
  type: string;
  data: {
    name?: string;
    file?: string;
    nesting?: number;
    skip?: string | boolean;
    todo?: string | boolean;
    details?: { type?: string; duration_ms?: number; error?: Error & { failureType?: string } };
  };
}

/**
 * A reporter for node:test (`--test-reporter`) that appends JSON lines to a file. Each line is written at once and
 * synchronously, so that whatever a test process did before it was killed is on record.
 */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const path = process.env[reportVariable];
  if (!path) throw new Error(`${reportVariable} is not set; this reporter is made for test/run.ts.`);
  const names: string[] = [];
  for await (const event of events) {
    const line = toReportLine(event, names);
    if (line) appendFileSync(path, `${JSON.stringify(line)}\n`);
  }
  // Nothing goes to standard output, which belongs to the tests.
  yield '';
}

function toReportLine({ type, data }: TestEvent, names: string[]): ReportLine | undefined {
  const { file = '', name = '', nesting = 0, details } = data;
  if (type === 'test:dequeue') return { kind: 'started', file, name };
  // Unlike the event above, this one comes in the order of the outcomes, so it tells which suites we are in.
  if (type === 'test:start') names.splice(nesting, names.length, name);
  if (type !== 'test:pass' && type !== 'test:fail') return undefined;
  const isFailure = type === 'test:fail' && !data.todo;
  // A suite counts only when it fails by itself, in a hook say: otherwise its tests have been counted.
  const failureType = details?.error?.failureType;
  if (details?.type === 'suite' && (!isFailure || failureType === 'subtestsFailed')) return undefined;
  // node:test reports a file without tests as one that passed.
  if (!isFailure && nesting === 0 && name !== '' && file.endsWith(name) && name.endsWith('.test.ts')) return undefined;
  const isSkipped = data.skip !== undefined || data.todo !== undefined;
  return {
    kind: 'ended',
    file,
    name: [...names.slice(0, nesting), name].join(' > '),
    status: isFailure ? 'failed' : isSkipped ? 'skipped' : 'passed',
    durationMs: Math.round(details?.duration_ms ?? 0),
    ...(isFailure ? { error: describeError(details?.error) } : {}),
  };
}

/** node:test wraps what a test threw; the thrown error itself has the difference and the stack. */
function describeError(error: Error | undefined): string {
  const thrown = error?.cause ?? error;
  return typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 6 });
}
