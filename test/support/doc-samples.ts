import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectFolder } from './sources.ts';

/**
 * A piece of code in a document. A line `<!-- file: path -->` before its fence says that it is the whole of that file;
 * `<!-- edit: path -->` before a fence of type diff says what changes in a file that exists.
 */
export interface Sample {
  document: string;
  line: number;
  kind: 'file' | 'edit';
  path: string;
  text: string;
}

const FENCE =
  /^(?:<!-- (?<kind>file|edit): (?<path>\S+) -->\n)?^```(?<language>[\w-]*)[^\n]*\n(?<text>[\s\S]*?)^```$/gm;
const CODE = new Set(['ts', 'sql', 'diff']);

/** The samples of a document, in order. Fails on code that no marker explains, because nothing would ever run it. */
export function readSamples(document: string): Sample[] {
  const markdown = readFileSync(join(projectFolder, document), 'utf8');
  return [...markdown.matchAll(FENCE)].flatMap((match): Sample[] => {
    const { kind, path, language, text } = match.groups!;
    const line = markdown.slice(0, match.index).split('\n').length;
    if (kind && path) return [{ document, line, kind: kind as Sample['kind'], path, text: text! }];
    if (CODE.has(language!)) throw new Error(`${document}:${line}: say before this code in which file it belongs`);
    return [];
  });
}

/**
 * Copies the program to a temporary folder and applies samples to the copy; answers the folder, which the caller removes.
 * It is outside the project because tools that look for their settings upwards must find those of the copy.
 */
export function applySamples(samples: readonly Sample[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'techcorp-guides-'));
  for (const part of ['src', 'test', 'scripts', 'sdks', 'package.json', 'tsconfig.json', 'biome.json']) {
    cpSync(join(projectFolder, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(projectFolder, 'node_modules'), join(folder, 'node_modules'));
  for (const sample of samples) {
    const target = join(folder, sample.path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, sample.kind === 'file' ? sample.text : edited(readFileSync(target, 'utf8'), sample));
  }
  return folder;
}

/**
 * Applies the hunks of an edit, which `@@` separates. The lines of a hunk that are not new must stand in the file, once.
 * A last line that ends with ` …` stands for a line that begins so.
 */
function edited(original: string, { document, line, path, text }: Sample): string {
  let result = original;
  for (const hunk of text.split(/^@@\n/m)) {
    const lines = hunk.replace(/\n$/, '').split('\n');
    const before = textOf(lines, '+');
    const found = result.split(before).length - 1;
    if (found !== 1) throw new Error(`${document}:${line}: these lines stand ${found} times in ${path}:\n${before}`);
    result = result.replace(before, () => textOf(lines, '-'));
  }
  return result;
}

function textOf(lines: readonly string[], without: '+' | '-'): string {
  const kept = lines.filter((line) => !line.startsWith(without)).map((line) => line.slice(1));
  const text = kept.join('\n');
  return text.endsWith(' …') ? text.slice(0, -2) : `${text}\n`;
}
