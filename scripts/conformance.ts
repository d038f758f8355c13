// Which statement of the specification is proven by which test: npm run conformance [-- --group AUTH] [--json]
// A claim is a checklist id in a test's name; it counts when that test passed in the last full `npm test`.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

interface Statement {
  id: string;
  group: string;
  statement: string;
}

interface TestResult {
  file: string;
  name: string;
  status: 'passed' | 'failed' | 'skipped' | 'not run';
}

const root = fileURLToPath(new URL('..', import.meta.url));

/** `AUTH-01`, and every id of a range such as `USR-09..12`. */
function idsIn(name: string): string[] {
  const ids: string[] = [];
  for (const [, group, first, last] of name.matchAll(/\b([A-Z][A-Z0-9]*)-(\d{2,3})(?:\.\.(\d{2,3}))?/g)) {
    const width = first!.length;
    for (let number = Number(first); number <= Number(last ?? first); number++) {
      ids.push(`${group}-${String(number).padStart(width, '0')}`);
    }
  }
  return ids;
}

/** The outcomes of the last full run; without one, the names in the sources, which prove nothing yet. */
function readResults(): TestResult[] {
  const file = join(root, '.test-results', 'results.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const results: TestResult[] = [];
  for (const path of globSync('{src,test,scripts,bench}/**/*.test.ts', { cwd: root })) {
    for (const [, , name] of readFileSync(join(root, path), 'utf8').matchAll(/\btest\(\s*(['"`])(.*?)\1/g)) {
      results.push({ file: path, name: name!, status: 'not run' });
    }
  }
  return results;
}

function main(): void {
  const { values } = parseArgs({ options: { group: { type: 'string' }, json: { type: 'boolean' } } });
  const checklist = JSON.parse(readFileSync(join(root, 'test/conformance/checklist.json'), 'utf8')) as Statement[];
  const claims = new Map<string, TestResult[]>();
  for (const result of readResults()) {
    for (const id of idsIn(result.name)) claims.set(id, [...(claims.get(id) ?? []), result]);
  }
  const rows = checklist
    .filter((statement) => !values.group || statement.group === values.group.toUpperCase())
    .map((statement) => {
      const tests = claims.get(statement.id) ?? [];
      const isClosed = tests.length > 0 && tests.every((test) => test.status === 'passed');
      return { ...statement, isClosed, tests };
    });
  if (values.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else print(rows);
}

function print(rows: readonly (Statement & { isClosed: boolean; tests: TestResult[] })[]): void {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  for (const row of rows) {
    const open = row.tests.length === 0 ? 'open' : `open (${row.tests.map((test) => test.status).join(', ')})`;
    const proof = row.isClosed ? `${row.tests[0]!.file}: ${row.tests[0]!.name}` : open;
    say(`${row.id.padEnd(8)} ${proof}`);
  }
  say('');
  const groups = [...new Set(rows.map((row) => row.group))];
  for (const group of groups) {
    const all = rows.filter((row) => row.group === group);
    say(`${group.padEnd(5)} ${String(all.filter((row) => row.isClosed).length).padStart(4)} closed of ${all.length}`);
  }
  say(`${rows.filter((row) => row.isClosed).length} closed of ${rows.length}`);
}

main();
