import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Operation } from '#kernel/http/operation.ts';
import type { TestAnswer } from '../support/app.ts';

/** An operation that may break one rule of test/coverage, with the reason. */
interface OperationException {
  operation: string;
  rule: string;
  reason: string;
}

export const operationExceptions = JSON.parse(
  readFileSync(new URL('./exceptions.json', import.meta.url), 'utf8'),
) as OperationException[];

/** What an operation does wrong. */
export interface OperationFinding {
  operation: string;
  message: string;
}

/** Fails when an operation breaks the rule without an exception, or has an exception that it no longer needs. */
export function enforceForOperations(rule: string, findings: readonly OperationFinding[]): void {
  const excused = new Set(operationExceptions.filter((each) => each.rule === rule).map((each) => each.operation));
  const broken = findings.filter((finding) => !excused.has(finding.operation));
  const lines = broken.map(({ operation, message }) => `${operation}: ${message}`);
  assert.equal(broken.length, 0, `${rule}: ${broken.length} findings\n${lines.join('\n')}`);
  const needed = new Set(findings.map((finding) => finding.operation));
  const unneeded = [...excused].filter((operation) => !needed.has(operation));
  assert.deepEqual(unneeded, [], `test/coverage/exceptions.json: these keep to "${rule}" now; remove their lines`);
}

/** The operation's path with something in each place; `values` by parameter, else an id that names nothing. */
export function pathOf(operation: Operation, values: Readonly<Record<string, string>>): string {
  return operation.path.replace(/:([A-Za-z_]+)/g, (_, name: string) => encodeURIComponent(values[name] ?? 'none'));
}

/** Asks for every operation in turn and collects what was thrown, so that one run names all that is wrong. */
export async function findForEach(
  operations: readonly Operation[],
  check: (operation: Operation) => Promise<string | undefined>,
): Promise<OperationFinding[]> {
  const findings: OperationFinding[] = [];
  for (const operation of operations) {
    const message = await check(operation).catch((error: unknown) => (error as Error).message);
    if (message) findings.push({ operation: operation.id, message });
  }
  return findings;
}

/** An answer without what may differ: ids, the time and the request. */
export function blank({ status, headers, body }: TestAnswer): string {
  const { date: _date, ...rest } = headers;
  const relevant = Object.entries(rest).filter(([name]) => !/^x-(request-id|ratelimit)/.test(name));
  const text = JSON.stringify([status, relevant, body]);
  return text.replaceAll(/\b[a-z]{3}_[0-9a-z]{26}\b/g, '…').replaceAll(/"request_id":"[^"]*"/g, '');
}
