import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

/** The launcher is plain JavaScript, since it runs before there is a Node that knows types. */
const load = (name: string): Promise<unknown> => import(new URL(name, import.meta.url).href);

interface Entry {
  version: string;
  integrity?: string;
  dev?: boolean;
  optional?: boolean;
}
type Packages = Record<string, Entry>;
interface Setup {
  isInstalled(root: string, withDevelopment: boolean): boolean;
  isComplete(
    wanted: Packages,
    present: Packages,
    isPresent: (path: string) => boolean,
    withDevelopment: boolean,
  ): boolean;
}
const { isInstalled, isComplete } = (await load('./run-setup.mjs')) as Setup;
const { isStale } = (await load('./run-lock.mjs')) as { isStale(folder: string): boolean };

const base = mkdtempSync(join(tmpdir(), 'techcorp-launcher-'));
after(() => rmSync(base, { recursive: true, force: true }));

const wanted: Packages = {
  '': { version: '1.0.0' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/tool': { version: '2.0.0', integrity: 'sha512-t', dev: true },
  'node_modules/other-system': { version: '1.0.0', integrity: 'sha512-o', optional: true },
};
const { 'node_modules/a': a, 'node_modules/tool': tool } = wanted as Record<string, Entry>;
const everywhere = () => true;

describe('launcher: what counts as installed', () => {
  it('accepts what npm recorded, without the packages of other systems', () => {
    const present = { 'node_modules/a': a!, 'node_modules/tool': tool! };
    assert.equal(isComplete(wanted, present, everywhere, true), true);
  });

  it('accepts missing development packages only for tasks that do without', () => {
    assert.equal(isComplete(wanted, { 'node_modules/a': a! }, everywhere, false), true);
    assert.equal(isComplete(wanted, { 'node_modules/a': a! }, everywhere, true), false);
  });

  it('rejects another version, other contents and a folder that is gone', () => {
    const changed = (entry: Partial<Entry>) => ({ 'node_modules/a': { ...a!, ...entry }, 'node_modules/tool': tool! });
    assert.equal(isComplete(wanted, changed({ version: '1.0.1' }), everywhere, true), false);
    assert.equal(isComplete(wanted, changed({ integrity: 'sha512-x' }), everywhere, true), false);
    assert.equal(
      isComplete(wanted, changed({}), (path) => path !== 'node_modules/a', true),
      false,
    );
  });

  it('believes its mark until the lock file changes, and sets it after a complete check', () => {
    const root = join(base, 'project');
    const mark = join(root, 'node_modules', '.techcorp-lock');
    mkdirSync(join(root, 'node_modules', 'a'), { recursive: true });
    const write = (packages: Packages) => writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }));
    write({ 'node_modules/a': a! });
    assert.equal(isInstalled(root, true), false, 'no record of npm: interrupted');
    writeFileSync(join(root, 'node_modules', 'a', 'package.json'), '{}');
    const record = JSON.stringify({ packages: { 'node_modules/a': a } });
    writeFileSync(join(root, 'node_modules', '.package-lock.json'), record);
    assert.equal(isInstalled(root, true), true);
    assert.equal(existsSync(mark), true);
    write({ 'node_modules/a': { ...a!, version: '9.0.0' } });
    assert.equal(isInstalled(root, true), false);
    const text = '{"packages":{}}';
    writeFileSync(join(root, 'package-lock.json'), text);
    writeFileSync(mark, createHash('sha256').update(text).digest('hex'));
    assert.equal(isInstalled(root, true), true);
  });

  it('misses the Node and the database of this platform when the lock file lists them', () => {
    const root = join(base, 'platform');
    mkdirSync(join(root, 'node_modules'), { recursive: true });
    const path = `node_modules/node-${process.platform}-${process.arch}`;
    const text = JSON.stringify({ packages: { [path]: { version: '24.0.0', optional: true } } });
    writeFileSync(join(root, 'package-lock.json'), text);
    const hash = createHash('sha256').update(text).digest('hex');
    writeFileSync(join(root, 'node_modules', '.techcorp-lock'), hash);
    assert.equal(isInstalled(root, true), false);
  });
});

describe('launcher: installation lock', () => {
  const lockOf = (name: string, owners: string | undefined) => {
    const folder = join(base, name);
    mkdirSync(folder);
    if (owners !== undefined) writeFileSync(join(folder, 'owners'), owners);
    return folder;
  };
  const makeOld = (folder: string, seconds: number) => {
    const time = Date.now() / 1000 - seconds;
    utimesSync(folder, time, time);
  };

  it('is held while one of its owners lives', () => {
    assert.equal(isStale(lockOf('held', `2147483646\n${process.pid}`)), false);
  });

  it('is stale when all owners are gone, or when it is older than any installation takes', () => {
    assert.equal(isStale(lockOf('dead', '2147483646\n2147483645')), true);
    const ancient = lockOf('ancient', String(process.pid));
    makeOld(ancient, 3600);
    assert.equal(isStale(ancient), true);
  });

  it('leaves its maker a moment to write down the owner', () => {
    const folder = lockOf('new', undefined);
    assert.equal(isStale(folder), false);
    makeOld(folder, 10);
    assert.equal(isStale(folder), true);
  });
});
