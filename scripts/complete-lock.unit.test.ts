import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

interface Entry {
  version: string;
  optionalDependencies?: Record<string, string>;
  [field: string]: unknown;
}
interface Lock {
  packages: Record<string, Entry>;
}
interface CompleteLock {
  completeLock(lock: Lock): { lock: Lock; added: string[]; skipped: string[] };
}
/** Plain JavaScript, like the launcher: it must run where nothing is installed yet. */
const { completeLock } = (await import(new URL('complete-lock.mjs', import.meta.url).href)) as CompleteLock;

const tool: Entry = {
  version: '2.0.0',
  dev: true,
  optionalDependencies: { '@tool/linux-x64-musl': '2.0.0', '@tool/darwin-arm64': '2.0.0' },
};

test('packages of other platforms get an entry that says where they run', () => {
  const { lock, added } = completeLock({ packages: { 'node_modules/tool': tool } });
  assert.deepEqual(added, ['node_modules/@tool/linux-x64-musl', 'node_modules/@tool/darwin-arm64']);
  assert.deepEqual(Object.keys(lock.packages), [
    'node_modules/@tool/darwin-arm64',
    'node_modules/@tool/linux-x64-musl',
    'node_modules/tool',
  ]);
  assert.deepEqual(lock.packages['node_modules/@tool/linux-x64-musl'], {
    version: '2.0.0',
    cpu: ['x64'],
    dev: true,
    libc: ['musl'],
    optional: true,
    os: ['linux'],
  });
});

test('a second version of a package goes below the one that wants it', () => {
  const packages = { 'node_modules/@tool/darwin-arm64': { version: '1.0.0' }, 'node_modules/tool': tool };
  const { added } = completeLock({ packages });
  assert.ok(added.includes('node_modules/tool/node_modules/@tool/darwin-arm64'), added.join());
});

test('what is there stays, and a range is left to npm', () => {
  const there = { version: '2.0.0', integrity: 'sha512-x' };
  const ranged = { version: '1.0.0', optionalDependencies: { '@tool/linux-x64-musl': '^2.0.0', other: '^1.0.0' } };
  const { added, skipped, lock } = completeLock({
    packages: { 'node_modules/@tool/linux-x64-musl': there, 'node_modules/ranged': ranged },
  });
  assert.deepEqual([added, skipped], [[], ['other@^1.0.0']]);
  assert.equal(lock.packages['node_modules/@tool/linux-x64-musl'], there);
});

test('the lock file of this project names the packages of every platform', () => {
  const text = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8');
  assert.deepEqual(completeLock(JSON.parse(text)).added, [], 'run: node scripts/complete-lock.mjs');
});
