import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { test } from 'node:test';
import { applySamples, readSamples } from './support/doc-samples.ts';
import { enforce, type Finding } from './support/rules.ts';
import { listFiles, projectFolder } from './support/sources.ts';

const documents = listFiles('*.md', 'docs/**/*.md', 'src/**/*.md');
const guides = listFiles('docs/adding-*.md');
const samples = guides.flatMap(readSamples);
const madeBySamples = new Set(samples.filter(({ kind }) => kind === 'file').map(({ path }) => path));
const packageFile = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as { scripts: object };

const exists = (path: string) => existsSync(join(projectFolder, path));

/** Each match of `pattern` outside fenced code, with its place. */
function findInProse(path: string, pattern: RegExp): { text: string; line: number }[] {
  const markdown = readFileSync(join(projectFolder, path), 'utf8');
  const prose = markdown.replace(/^```[\s\S]*?^```$/gm, (code) => code.replace(/[^\n]/g, ''));
  return [...prose.matchAll(pattern)].map((match) => ({
    text: match[1]!,
    line: prose.slice(0, match.index).split('\n').length,
  }));
}

test('every link of the documentation leads somewhere', () => {
  assert.ok(documents.length > 10, documents.join());
  const findings = documents.flatMap((path): Finding[] =>
    findInProse(path, /\]\(([^)\s]+)\)/g)
      .filter(({ text }) => !/^[a-z]+:/.test(text) && !text.startsWith('#'))
      .filter(({ text }) => !exists(posix.join(dirname(path), text.replace(/#.*$/, ''))))
      .map(({ text, line }) => ({ path, line, message: `links to ${text}, which does not exist` })),
  );
  enforce('dead link', findings);
});

test('every path that the documentation names exists', () => {
  const findings = documents.flatMap((path): Finding[] =>
    findInProse(path, /`((?:src|test|scripts|docs|bench|contracts)\/[\w./-]+|[\w.-]+\.(?:md|json|mjs))`/g)
      .filter(({ text }) => !madeBySamples.has(text))
      .filter(({ text }) => !exists(text) && !exists(posix.join(dirname(path), text)) && !isDataFile(text))
      .map(({ text, line }) => ({ path, line, message: `names ${text}, which does not exist` })),
  );
  enforce('dead path', findings);
});

/** Files that only a running installation has. */
function isDataFile(name: string): boolean {
  return ['keyring.json', 'credentials.json', 'audit-anchor.json'].includes(name);
}

test('every npm command that the documentation names exists, with the file it runs', () => {
  const launcher = readFileSync(join(projectFolder, 'scripts/run.mjs'), 'utf8');
  const findings = documents.flatMap((path): Finding[] => {
    const markdown = readFileSync(join(projectFolder, path), 'utf8');
    return [...markdown.matchAll(/\bnpm (?:run ([\w-]+)|(start|test))\b/g)].flatMap((match) => {
      const name = (match[1] ?? match[2])!;
      const entry = new RegExp(`^ {2}'?${name}'?: \\['([^']+)'`, 'm').exec(launcher)?.[1];
      if (Object.hasOwn(packageFile.scripts, name) && entry && exists(entry)) return [];
      const line = markdown.slice(0, match.index).split('\n').length;
      return [{ path, line, message: `names "npm run ${name}", which is not there to run` }];
    });
  });
  enforce('dead command', findings);
});

test('the steps of the guides make a program that compiles, is tidy and keeps the rules of the house', (t) => {
  assert.ok(samples.length >= 20, 'the guides have lost their samples');
  const folder = applySamples(samples);
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const touched = new Set(samples.map(({ path }) => path));

  const types = run(folder, ['node_modules/typescript/bin/tsc', '-p', '.']);
  const errors = types.output.split('\n').filter((text) => touched.has(text.replace(/\(.*$/, '')));
  assert.deepEqual(errors, [], 'types');

  const code = [...touched].filter((path) => path.endsWith('.ts'));
  const lint = run(folder, ['node_modules/@biomejs/biome/bin/biome', 'check', ...code]);
  assert.equal(lint.status, 0, lint.output);

  const rules = run(folder, ['--test', '--test-reporter=spec', 'test/architecture.test.ts']);
  assert.match(rules.output, /ARC-08/, rules.output);
  const places = [...touched, ...[...madeBySamples].map((path) => dirname(path))];
  const broken = rules.output.split('\n').filter((text) => places.includes(text.trim().replace(/:.*$/, '')));
  assert.deepEqual(broken, [], 'rules of the house');

  const declarations = run(folder, ['--test', '--test-reporter=spec', 'test/coverage/declarations.unit.test.ts']);
  assert.match(declarations.output, /ℹ pass [1-9]/, declarations.output);
  const ids = samples.flatMap(({ text }) => [...text.matchAll(/^\+? +id: '(\w+\.\w+)',$/gm)].map((match) => match[1]!));
  assert.ok(ids.includes('products.discontinue') && ids.includes('labels.list'), ids.join());
  const undeclared = declarations.output.split('\n').filter((text) => ids.includes(text.trim().replace(/:.*$/, '')));
  assert.deepEqual(undeclared, [], 'declarations');
});

/** Runs a program of node_modules, or Node itself, in `folder`. */
function run(folder: string, commandLine: string[]): { status: number | null; output: string } {
  const [first = '', ...rest] = commandLine;
  const program = first.startsWith('node_modules/') ? join(projectFolder, first) : first;
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...rest], {
    cwd: folder,
    env,
    encoding: 'utf8',
    timeout: 110_000,
  });
  return { status, output: `${stdout}${stderr}` };
}
