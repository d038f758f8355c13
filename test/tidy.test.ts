import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { enforce, exemptions, type Finding } from './support/rules.ts';
import {
  isTestFile,
  listFiles,
  parseFiles,
  projectFolder,
  type SourceFile,
  type SyntaxNode,
  walk,
} from './support/sources.ts';

/** Exemptions may only become fewer: lower this number with the file, never raise it without a decision record. */
const EXEMPTIONS = 18;

const FILE_LINES = { wished: 300, hard: 500, p90: 250 };
const FUNCTION_LINES = { wished: 50, hard: 80, p90: 40, shareOverWished: 0.05 };
const FOLDER_FILES = 15;
const ROOT = { folders: 9, files: 20 };

const folders = ['src', 'test', 'scripts', 'bench'];
const files = folders.flatMap((folder) => parseFiles(`${folder}/**/*.ts`));
const programFiles = files.filter((file) => file.path.startsWith('src/') && !isTestFile(file.path));

test('the exemptions have reasons, name files that exist, and do not grow', () => {
  for (const { path, rule, reason } of exemptions) {
    assert.ok(existsSync(join(projectFolder, path)), `${path} of tidy-exemptions.json does not exist`);
    assert.ok(rule && reason.length >= 20, `${path}: say in a sentence why it may break "${rule}"`);
  }
  assert.equal(exemptions.length, EXEMPTIONS, 'set EXEMPTIONS of test/tidy.test.ts to the number that is left');
});

test(`no file is longer than ${FILE_LINES.hard} lines`, (t) => {
  const others = listFiles('{src,test,scripts,bench}/**/*.{sql,mjs}').map((path) => ({
    path,
    lineCount: countLines(path),
  }));
  const all = [...files, ...others];
  report(
    t,
    'files over the wished length',
    FILE_LINES.wished,
    all.map(({ path, lineCount }) => [path, lineCount]),
  );
  const findings = all
    .filter(({ lineCount }) => lineCount > FILE_LINES.hard)
    .map(({ path, lineCount }) => ({ path, message: `has ${lineCount} lines: split it by verb or topic` }));
  enforce('file length', findings);
  const p90 = percentile(
    programFiles.map((file) => file.lineCount),
    0.9,
  );
  t.diagnostic(
    `source files: median ${percentile(
      programFiles.map((file) => file.lineCount),
      0.5,
    )}, p90 ${p90} lines`,
  );
  assert.ok(p90 <= FILE_LINES.p90, `one source file in ten is longer than ${p90} lines`);
});

test(`no function is longer than ${FUNCTION_LINES.hard} lines, few are longer than ${FUNCTION_LINES.wished}`, (t) => {
  const all = files.flatMap((file) => functionsOf(file).map((found) => ({ ...found, path: file.path })));
  report(
    t,
    'functions over the wished length',
    FUNCTION_LINES.wished,
    all.map(({ path, line, lines }) => [`${path}:${line}`, lines]),
  );
  const findings = all
    .filter(({ lines }) => lines > FUNCTION_LINES.hard)
    .map(({ path, line, lines }) => ({ path, line, message: `a function of ${lines} lines: give its parts names` }));
  enforce('function length', findings);
  const lengths = all.filter(({ path }) => path.startsWith('src/') && !isTestFile(path)).map(({ lines }) => lines);
  const p90 = percentile(lengths, 0.9);
  const share = lengths.filter((lines) => lines > FUNCTION_LINES.wished).length / lengths.length;
  t.diagnostic(
    `${lengths.length} functions with a body: p90 ${p90} lines, ${percent(share)} over ${FUNCTION_LINES.wished}`,
  );
  assert.ok(p90 <= FUNCTION_LINES.p90, `one function in ten is longer than ${p90} lines`);
  assert.ok(
    share <= FUNCTION_LINES.shareOverWished,
    `${percent(share)} of functions are over ${FUNCTION_LINES.wished} lines`,
  );
});

/** Functions with a block as body; one-expression arrows would only make the shares look better. */
function functionsOf(file: SourceFile): { line: number; lines: number }[] {
  const found: { line: number; lines: number }[] = [];
  walk(file.program, (node, around) => {
    const isFunction = /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);
    if (!isFunction || (node.body as SyntaxNode | null)?.type !== 'BlockStatement') return;
    const parent = around.at(-1);
    // A suite is a folder for its tests, not something to follow from its first line to its last.
    const callee = parent?.type === 'CallExpression' ? (parent.callee as { name?: string }) : undefined;
    if (callee?.name === 'describe') return;
    const whole = parent?.type === 'MethodDefinition' ? parent : node;
    const line = file.lineOf(whole.start);
    found.push({ line, lines: file.lineOf(whole.end) - line + 1 });
  });
  return found;
}

test(`no folder holds more than ${FOLDER_FILES} files`, () => {
  const counts = new Map<string, number>();
  for (const path of listFiles('{src,test,scripts,bench}/**/*.{ts,sql,mjs,json}').filter((each) => !isTestFile(each))) {
    counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  }
  const findings = [...counts]
    .filter(([, count]) => count > FOLDER_FILES)
    .map(([path, count]) => ({ path, message: `holds ${count} files besides tests: group them by topic` }));
  enforce('folder size', findings);
});

test('the root is small', () => {
  const visible = readdirSync(projectFolder, { withFileTypes: true }).filter(
    ({ name }) => !name.startsWith('.') && name !== 'node_modules' && name !== 'coverage',
  );
  const rootFolders = visible.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const rootFiles = visible.filter((entry) => entry.isFile()).map((entry) => entry.name);
  assert.ok(rootFolders.length <= ROOT.folders, `${rootFolders.length} folders: ${rootFolders.join(', ')}`);
  assert.ok(rootFiles.length <= ROOT.files, `${rootFiles.length} files: ${rootFiles.join(', ')}`);
});

test('no `any`, and no comment switches the compiler off', () => {
  const findings = files.flatMap((file) => {
    const found = findNodes(file, (node) => node.type === 'TSAnyKeyword', 'uses any: name the type or take unknown');
    const switches = file.comments.filter(({ text }) => /^\s*@ts-(ignore|nocheck|expect-error)/.test(text));
    return [...found, ...switches.map(({ line }) => ({ path: file.path, line, message: 'switches the compiler off' }))];
  });
  enforce('any', findings);
});

/** Written in pieces, or this file would break its own rule. */
const MARKERS = new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK', 'WI' + 'P'].join('|')})\\b`);

test('no leftover markers', () => {
  const inCode = files.flatMap((file) =>
    file.comments
      .filter(({ text }) => MARKERS.test(text))
      .map(({ line, text }) => ({ path: file.path, line, message: `leftover: ${text.trim().slice(0, 80)}` })),
  );
  const others = listFiles('{src,test,scripts,bench,docs}/**/*.{sql,mjs,md}', '*.md').flatMap((path) =>
    readFileSync(join(projectFolder, path), 'utf8')
      .split('\n')
      .flatMap((text, index) =>
        MARKERS.test(text) ? [{ path, line: index + 1, message: `leftover: ${text.trim()}` }] : [],
      ),
  );
  enforce('leftover marker', [...inCode, ...others]);
});

test('no test is skipped, left for later or run alone', () => {
  const words = new Set(['skip', 'only', 'to' + 'do']);
  const findings = files
    .filter((file) => file.path.endsWith('.test.ts'))
    .flatMap((file) => findNodes(file, (node) => isSwitchedOff(node, words), 'a test that does not always run'));
  enforce('skipped test', findings);
});

/** `test.skip(…)`, `t.skip()`, `test(name, { skip: … }, …)`. */
function isSwitchedOff(node: SyntaxNode, words: ReadonlySet<string>): boolean {
  if (node.type !== 'CallExpression') return false;
  const callee = node.callee as {
    type: string;
    name?: string;
    object?: { name?: string };
    property?: { name?: string };
  };
  const names = /^(test|it|describe|suite|t|context)$/;
  if (callee.type === 'MemberExpression') {
    return names.test(callee.object?.name ?? '') && words.has(callee.property?.name ?? '');
  }
  if (!names.test(callee.name ?? '')) return false;
  const options = (node.arguments as SyntaxNode[]).find((argument) => argument.type === 'ObjectExpression');
  const properties = (options?.properties ?? []) as { key?: { name?: string } }[];
  return properties.some((property) => words.has(property.key?.name ?? ''));
}

test('below src the only Markdown is the README of a module', () => {
  const findings = listFiles('src/**/*.{md,markdown}')
    .filter((path) => !/^src\/modules\/[^/]+\/README\.md$/.test(path))
    .map((path) => ({ path, message: 'move it to docs/ or into the comments it belongs to' }));
  enforce('Markdown in src', findings);
});

test('comments are a reasonable share of the code', (t) => {
  const shareOf = (file: SourceFile) => {
    const commented = file.comments.reduce((sum, comment) => sum + comment.lines, 0);
    return { commented, all: file.lineCount };
  };
  const counts = programFiles.map(shareOf);
  const share = sum(counts.map((each) => each.commented)) / sum(counts.map((each) => each.all));
  t.diagnostic(`comments: ${percent(share)} of the lines of src (wished 8 to 15 %)`);
  assert.ok(share > 0.04 && share < 0.25, `${percent(share)} of the lines are comments`);
});

test('tests keep up with the program', (t) => {
  const lines = (chosen: SourceFile[]) => sum(chosen.map((file) => file.lineCount));
  const tests = files.filter((file) => isTestFile(file.path) || file.path.startsWith('test/'));
  t.diagnostic(`test to source lines: ${(lines(tests) / lines(programFiles)).toFixed(2)} (wished 1.2)`);
  assert.ok(lines(tests) > 0);
});

function findNodes(file: SourceFile, matches: (node: SyntaxNode) => boolean, message: string): Finding[] {
  const findings: Finding[] = [];
  walk(file.program, (node) => {
    if (matches(node)) findings.push({ path: file.path, line: file.lineOf(node.start), message });
  });
  return findings;
}

/** Names what is over a wished bound, the largest first, without failing. */
function report(t: TestContext, title: string, wished: number, entries: [string, number][]): void {
  const over = entries.filter(([, value]) => value > wished).sort(([, left], [, right]) => right - left);
  t.diagnostic(`${title} (${wished}): ${over.length}`);
  for (const [name, value] of over.slice(0, 20)) t.diagnostic(`  ${value}  ${name}`);
}

function countLines(path: string): number {
  return readFileSync(join(projectFolder, path), 'utf8').split('\n').length;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
