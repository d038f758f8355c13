import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** Something that breaks a rule of the house. */
export interface Finding {
  /** Relative to the project's folder. */
  path: string;
  line?: number;
  /** What is wrong and what to do. */
  message: string;
}

/** A file that may break one rule, with the reason. */
export interface Exemption {
  path: string;
  rule: string;
  reason: string;
}

export const exemptions = JSON.parse(
  readFileSync(new URL('../tidy-exemptions.json', import.meta.url), 'utf8'),
) as Exemption[];

/** Fails when a file breaks the rule without an exemption, or has an exemption that it no longer needs. */
export function enforce(rule: string, findings: readonly Finding[]): void {
  const exempt = new Set(exemptions.filter((entry) => entry.rule === rule).map((entry) => entry.path));
  const broken = findings.filter((finding) => !exempt.has(finding.path));
  const lines = broken.map(({ path, line, message }) => `${path}${line ? `:${line}` : ''}: ${message}`);
  assert.equal(broken.length, 0, `${rule}: ${broken.length} findings\n${lines.join('\n')}`);
  const needed = new Set(findings.map((finding) => finding.path));
  const unneeded = [...exempt].filter((path) => !needed.has(path));
  assert.deepEqual(unneeded, [], `test/tidy-exemptions.json: these keep to "${rule}" now; remove their lines`);
}
