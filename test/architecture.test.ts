import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { enforce, type Finding } from './support/rules.ts';
import {
  type ImportedModule,
  isTestFile,
  listFiles,
  moduleNames,
  parseFiles,
  projectFolder,
  type SourceFile,
  type SyntaxNode,
  textsOf,
  walk,
} from './support/sources.ts';

const sources = parseFiles('src/**/*.ts').filter((file) => !isTestFile(file.path));
const modules = moduleNames();

test('the checks see the program', () => {
  assert.ok(sources.length > 50, `only ${sources.length} files were parsed`);
  assert.ok(modules.includes('catalog') && modules.includes('identity'), modules.join());
  const imports = sources.flatMap((file) => file.imports);
  assert.ok(imports.some((each) => each.target === 'src/kernel/database/migrations.ts'));
  assert.ok(imports.some((each) => each.isTypeOnly) && imports.some((each) => !each.isTypeOnly));
  const missing = imports.filter((each) => each.target && !existsSync(join(projectFolder, each.target)));
  assert.deepEqual(missing, []);
});

test('imports point one way: kernel knows nobody, modules know types of each other, editions know modules', () => {
  const findings = sources.flatMap((file) =>
    file.imports.flatMap((each): Finding[] => {
      const message = each.target && forbiddenImport(file.path, each.target, each.isTypeOnly);
      return message ? [{ path: file.path, line: each.line, message: `imports ${each.target}: ${message}` }] : [];
    }),
  );
  enforce('import direction', findings);
});

/** Why a file may not import another; undefined when it may. */
function forbiddenImport(from: string, target: string, isTypeOnly: boolean): string | undefined {
  const area = areaOf(from);
  const other = areaOf(target);
  if (!other.startsWith('src/')) return 'the program does not import tests, scripts or generated files';
  if (other === 'src/assembly') {
    return area === 'src/assembly'
      ? undefined
      : 'only the assembly itself knows the whole; take what you need as an argument';
  }
  if (area === other || area === 'src/assembly') return undefined;
  if (other === 'src/kernel') return undefined;
  if (area === 'src/kernel') return 'the kernel knows no business word';
  if (other.startsWith('src/modules/')) {
    if (!/^src\/modules\/[^/]+\/index\.ts$/.test(target)) return 'import a module through its index.ts only';
    if (area.startsWith('src/modules/') && !isTypeOnly) {
      return 'another module arrives as an argument; `import type` its types (ARCHITECTURE.md)';
    }
    return undefined;
  }
  if (other === 'src/gateway' && area.startsWith('src/editions/')) return undefined;
  return `${area} may not know ${other}`;
}

/** `src/kernel`, `src/modules/orders`, `src/editions/canonical`, `src/gateway`, or `src/assembly` for what puts all together. */
function areaOf(path: string): string {
  const parts = path.split('/');
  if (parts[0] !== 'src') return parts[0]!;
  if (parts[1] === 'modules' || parts[1] === 'editions') return parts.slice(0, 3).join('/');
  return parts[1] === 'kernel' || parts[1] === 'gateway' ? parts.slice(0, 2).join('/') : 'src/assembly';
}

test('main.ts is imported by nobody', () => {
  const everything = [...parseFiles('src/**/*.ts'), ...parseFiles('test/**/*.ts'), ...parseFiles('scripts/**/*.ts')];
  const findings = everything.flatMap((file) =>
    file.imports
      .filter((each) => each.target === 'src/main.ts')
      .map((each) => ({ path: file.path, line: each.line, message: 'imports main.ts, which starts the program' })),
  );
  enforce('main is imported by nobody', findings);
});

test('no file is part of a cycle of imports', () => {
  const graph = new Map(sources.map((file) => [file.path, file.imports.filter((each) => !each.isTypeOnly)]));
  const findings = cyclesOf(graph).map((cycle) => ({ path: cycle[0]!, message: `cycle: ${cycle.join(' → ')}` }));
  enforce('import cycle', findings);
});

/** Each cycle once, as the paths along it; a walk in depth finds at least one of every knot. */
function cyclesOf(graph: ReadonlyMap<string, readonly ImportedModule[]>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    const at = trail.indexOf(path);
    if (at >= 0) cycles.push([...trail.slice(at), path]);
    if (at >= 0 || done.has(path)) return;
    trail.push(path);
    for (const { target } of graph.get(path) ?? []) if (target && graph.has(target)) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const path of graph.keys()) visit(path);
  return cycles;
}

test('the words of the editions and of HTTP do not appear in modules', () => {
  const files = listFiles('src/modules/**/*.{ts,sql}').filter((path) => !isTestFile(path));
  const words = files.flatMap((path) => findWords(path, /\b(?:v1|v2|[Ff]astify)\b/));
  enforce('edition words in modules', words);
  const inModules = sources.filter((file) => file.path.startsWith('src/modules/'));
  enforce('HTTP status in modules', inModules.flatMap(findStatusNumbers));
});

function findWords(path: string, pattern: RegExp): Finding[] {
  const lines = readFileSync(join(projectFolder, path), 'utf8').split('\n');
  return lines.flatMap((text, index) => {
    const word = pattern.exec(text)?.[0];
    return word ? [{ path, line: index + 1, message: `"${word}" belongs to an edition or to the gateway` }] : [];
  });
}

/** Numbers that mean nothing but an HTTP status; the round ones count only beside the word "status". */
const PLAIN_STATUSES = new Set([401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 423, 429, 502, 503, 504]);
const ROUND_STATUSES = new Set([200, 201, 202, 204, 300, 301, 302, 303, 304, 400, 500]);

function findStatusNumbers(file: SourceFile): Finding[] {
  const findings: Finding[] = [];
  walk(file.program, (node, around) => {
    if (node.type !== 'Literal' || typeof node.value !== 'number') return;
    const parent = around.at(-1)!;
    const isBesideStatus = /status/i.test(file.text.slice(parent.start, parent.end).slice(0, 200));
    if (!PLAIN_STATUSES.has(node.value) && !(ROUND_STATUSES.has(node.value) && isBesideStatus)) return;
    const message = `${node.value} is an HTTP status: throw a DomainError of a kind instead`;
    findings.push({ path: file.path, line: file.lineOf(node.start), message });
  });
  return findings;
}

test('ARC-08 the SQL of a module names no table of another module', () => {
  const tables = new Map(modules.map((name) => [name, tablesOf(name)]));
  const findings = modules.flatMap((name) => {
    const others = modules.filter((other) => other !== name);
    const files = sources.filter((file) => file.path.startsWith(`src/modules/${name}/`));
    const texts = files.flatMap((file) => textsOf(file).map((each) => ({ path: file.path, ...each })));
    for (const path of listFiles(`src/modules/${name}/**/*.sql`)) {
      const plain = readFileSync(join(projectFolder, path), 'utf8').replace(/--.*$/gm, '');
      texts.push({ path, text: plain, line: 1 });
    }
    return texts.flatMap(({ path, line, text }) =>
      others.flatMap((other) => foreignTables(text, other, tables.get(other)!, { path, line })),
    );
  });
  enforce('SQL of another module', findings);
});

function tablesOf(module: string): string[] {
  const texts = listFiles(`src/modules/${module}/migrations/*.sql`).map((path) =>
    readFileSync(join(projectFolder, path), 'utf8'),
  );
  const own = texts.flatMap((text) => [...text.matchAll(/create table (?:if not exists )?(?:\w+\.)?(\w+)/gi)]);
  return own.map((match) => match[1]!);
}

function foreignTables(text: string, other: string, tables: string[], place: Omit<Finding, 'message'>): Finding[] {
  const named = tables.length > 0 ? `\\b${other}\\.(?:${tables.join('|')})\\b` : '(?!)';
  const inStatement = `\\b(?:from|join|into|update|table|references|truncate)\\s+(?:only\\s+)?"?${other}"?\\.\\w+`;
  const match = new RegExp(`${named}|${inStatement}`, 'i').exec(text);
  if (!match) return [];
  return [{ ...place, message: `names "${match[0]}": ask the module ${other} through its index.ts` }];
}

test('modules and editions take the time from the clock', () => {
  const timed = sources.filter((file) => /^src\/(modules|editions)\//.test(file.path));
  const findings = timed.flatMap((file) =>
    findNodes(file, isSystemTime, 'reads the time of the system: use the clock of the kit'),
  );
  enforce('system time', findings);
});

function isSystemTime(node: SyntaxNode): boolean {
  const callee = node.callee as SyntaxNode | undefined;
  if (node.type === 'NewExpression') return isName(callee, 'Date') && (node.arguments as unknown[]).length === 0;
  return node.type === 'CallExpression' && (isMember(callee, 'Date', 'now') || isName(callee, 'Date'));
}

test('settings come from config.ts: nobody else reads the environment', () => {
  const others = sources.filter((file) => file.path !== 'src/main.ts' && file.path !== 'src/config.ts');
  const isEnvironment = (node: SyntaxNode) => isMember(node, 'process', 'env');
  enforce(
    'environment',
    others.flatMap((file) => findNodes(file, isEnvironment, 'reads process.env: make it a setting of src/config.ts')),
  );
});

test('nothing writes to the console: logs go through the logger', () => {
  const isConsole = (node: SyntaxNode) => node.type === 'MemberExpression' && isName(node.object, 'console');
  enforce(
    'console',
    sources.flatMap((file) => findNodes(file, isConsole, 'uses the console: log through the kit')),
  );
});

test('nothing is exported as default', () => {
  const everything = [...parseFiles('src/**/*.ts'), ...parseFiles('test/**/*.ts'), ...parseFiles('scripts/**/*.ts')];
  const findings = everything
    .filter((file) => file.hasDefaultExport)
    .map((file) => ({ path: file.path, message: 'has a default export: give it a name' }));
  enforce('default export', findings);
});

test('Fastify and node-postgres stay where HTTP and SQL are', () => {
  const homes: Record<string, RegExp> = {
    fastify: /^src\/(gateway\/|editions\/|assembly\.ts$|main\.ts$)/,
    pg: /^src\/(kernel\/database\/|startup\/)/,
  };
  const findings = sources.flatMap((file) =>
    file.imports
      .filter(({ specifier }) => homes[specifier] && !homes[specifier].test(file.path))
      .map(({ specifier, line }) => ({ path: file.path, line, message: `imports ${specifier}` })),
  );
  enforce('library behind its door', findings);
});

test('every module opens with a README and one index.ts', () => {
  const needed = ['README.md', 'index.ts'];
  const findings = modules.flatMap((name) =>
    needed
      .filter((file) => !existsSync(join(projectFolder, 'src/modules', name, file)))
      .map((file) => ({ path: `src/modules/${name}`, message: `has no ${file}` })),
  );
  enforce('module layout', findings);
});

function findNodes(file: SourceFile, matches: (node: SyntaxNode) => boolean, message: string): Finding[] {
  const findings: Finding[] = [];
  walk(file.program, (node) => {
    if (matches(node)) findings.push({ path: file.path, line: file.lineOf(node.start), message });
  });
  return findings;
}

function isName(node: unknown, name: string): boolean {
  const { type, name: found } = (node ?? {}) as { type?: string; name?: string };
  return type === 'Identifier' && found === name;
}

function isMember(node: unknown, object: string, property: string): boolean {
  const member = (node ?? {}) as { type?: string; object?: unknown; property?: unknown };
  return member.type === 'MemberExpression' && isName(member.object, object) && isName(member.property, property);
}
