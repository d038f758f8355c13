import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

/** The project's folder, with a slash at the end. */
export const projectFolder = fileURLToPath(new URL('../../', import.meta.url));

/** A node of the syntax tree, as oxc-parser (ESTree with TypeScript) gives it. */
export interface SyntaxNode {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

/** One `import` or `export … from`, or an `import()` with a fixed text. */
export interface ImportedModule {
  specifier: string;
  /** Relative to the project's folder; undefined for packages and Node's own modules. */
  target: string | undefined;
  isTypeOnly: boolean;
  line: number;
}

/** One TypeScript file, parsed. */
export interface SourceFile {
  /** Relative to the project's folder, with slashes. */
  path: string;
  text: string;
  lineCount: number;
  program: SyntaxNode;
  comments: { text: string; line: number; lines: number }[];
  imports: ImportedModule[];
  hasDefaultExport: boolean;
  lineOf(offset: number): number;
}

const aliases = (JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as { imports: object }).imports;
const cache = new Map<string, SourceFile[]>();

/** Every file that matches, relative to the project's folder, sorted. */
export function listFiles(...patterns: string[]): string[] {
  const found = globSync(patterns, { cwd: projectFolder, exclude: (name) => name === 'node_modules' });
  return found.map((path) => path.replaceAll('\\', '/')).sort();
}

/** Tests and what only tests use: `*.test.ts`, and the helpers `*-under-test.ts` beside a module. */
export function isTestFile(path: string): boolean {
  return /(?:\.test|-under-test)\.ts$/.test(path);
}

/** Parses every TypeScript file that matches `pattern`; fails on one that cannot be parsed. */
export function parseFiles(pattern: string): SourceFile[] {
  const known = cache.get(pattern);
  if (known) return known;
  const files = listFiles(pattern).map(parseFile);
  cache.set(pattern, files);
  return files;
}

function parseFile(path: string): SourceFile {
  const text = readFileSync(join(projectFolder, path), 'utf8');
  const { program, module, comments, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]!.message}`);
  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
  const lineOf = (offset: number) => lineNumber(lineStarts, offset);
  const toImport = (specifier: string, start: number, isTypeOnly: boolean): ImportedModule => {
    return { specifier, target: resolveImport(path, specifier), isTypeOnly, line: lineOf(start) };
  };
  const imports = [
    ...module.staticImports.map(({ moduleRequest, entries, start }) => {
      const isTypeOnly = entries.length > 0 && entries.every((entry) => entry.isType);
      return toImport(moduleRequest.value, start, isTypeOnly);
    }),
    ...module.staticExports.flatMap(({ entries, start }) => {
      const requests = new Map<string, boolean>();
      for (const { moduleRequest, isType } of entries) {
        if (moduleRequest) requests.set(moduleRequest.value, (requests.get(moduleRequest.value) ?? true) && isType);
      }
      return [...requests].map(([specifier, isTypeOnly]) => toImport(specifier, start, isTypeOnly));
    }),
    ...module.dynamicImports.flatMap(({ moduleRequest, start }) => {
      const literal = /^['"](.*)['"]$/.exec(text.slice(moduleRequest.start, moduleRequest.end));
      return literal ? [toImport(literal[1]!, start, false)] : [];
    }),
  ];
  return {
    path,
    text,
    lineCount: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    program: program as unknown as SyntaxNode,
    comments: comments.map(({ value, start, end }) => ({
      text: value,
      line: lineOf(start),
      lines: lineOf(end) - lineOf(start) + 1,
    })),
    imports,
    hasDefaultExport: module.staticExports.some(({ entries }) =>
      entries.some((entry) => entry.exportName.kind === 'Default'),
    ),
    lineOf,
  };
}

function lineNumber(lineStarts: readonly number[], offset: number): number {
  let low = 0;
  let high = lineStarts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lineStarts[middle]! <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `#kernel/clock.ts` and `./clock.ts` as a path from the project's folder. */
function resolveImport(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(dirname(from), specifier);
  if (!specifier.startsWith('#')) return undefined;
  for (const [alias, place] of Object.entries(aliases as Record<string, string>)) {
    const prefix = alias.slice(0, -1);
    if (specifier.startsWith(prefix)) return posix.join(place.slice(0, -1), specifier.slice(prefix.length));
  }
  throw new Error(`${from} imports ${specifier}, which no alias of package.json explains`);
}

/** Calls `visit` for every node, the outer ones first, with the nodes around it, the nearest last. */
export function walk(node: SyntaxNode, visit: (node: SyntaxNode, around: readonly SyntaxNode[]) => void): void {
  const around: SyntaxNode[] = [];
  const enter = (current: SyntaxNode): void => {
    visit(current, around);
    around.push(current);
    for (const value of Object.values(current)) {
      if (Array.isArray(value)) for (const entry of value) if (isNode(entry)) enter(entry);
      if (isNode(value)) enter(value);
    }
    around.pop();
  };
  enter(node);
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as SyntaxNode).type === 'string';
}

/** Every fixed text of a file: strings and the fixed parts of templates, joined where a value stands between. */
export function textsOf(file: SourceFile): { text: string; line: number }[] {
  const texts: { text: string; line: number }[] = [];
  walk(file.program, (node) => {
    if (node.type === 'Literal' && typeof node.value === 'string') {
      texts.push({ text: node.value, line: file.lineOf(node.start) });
    }
    if (node.type === 'TemplateLiteral') {
      const parts = (node.quasis as { value: { raw: string } }[]).map((part) => part.value.raw);
      texts.push({ text: parts.join('…'), line: file.lineOf(node.start) });
    }
  });
  return texts;
}

/** The names of the modules: the folders below src/modules. */
export function moduleNames(): string[] {
  return [...new Set(listFiles('src/modules/*/*').map((path) => path.split('/')[2]!))].filter((name) =>
    existsSync(join(projectFolder, 'src/modules', name)),
  );
}
