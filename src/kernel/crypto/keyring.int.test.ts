import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MINUTE_MS, manualClock } from '#kernel/clock.ts';
import { StartupError } from '#kernel/startup-error.ts';
import { openKeyring } from './keyring.ts';
import { createKeyringFile } from './keyring-file.ts';
import { createSealing } from './sealing.ts';

const newKey = () => randomBytes(32).toString('base64');

function temporaryFile(context: TestContext): { directory: string; file: string } {
  const directory = mkdtempSync(join(tmpdir(), 'keyring-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return { directory, file: join(directory, 'keyring.json') };
}

/** A refusal of one sentence that matches and shows no stored key. */
function refusal(expected: RegExp, secrets: string[] = []) {
  return (error: unknown) => {
    assert.ok(error instanceof StartupError);
    assert.match(error.message, expected);
    assert.match(error.message, /^[^\n]+\.$/);
    for (const secret of secrets) assert.equal(error.message.includes(secret), false);
    return true;
  };
}

test('the first use creates a keyring that only its owner can read, and the second use reads it', (context) => {
  const { directory, file } = temporaryFile(context);
  const first = openKeyring({ file });
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(directory), ['keyring.json']);
  const second = openKeyring({ file });
  assert.equal(second.fingerprint, first.fingerprint);
  assert.equal(second.get(1)!.equals(first.get(1)!), true);
  assert.notEqual(openKeyring({ file: join(directory, 'other.json') }).fingerprint, first.fingerprint);
});

test('a rotation adds a current version, keeps the old ones and reaches a process that has the file open', (context) => {
  const { directory, file } = temporaryFile(context);
  const clock = manualClock(new Date('2027-01-01T00:00:00Z'));
  const server = openKeyring({ file, clock });
  const command = openKeyring({ file, clock });
  const old = createSealing(server, clock).sealForPlatform('private key', 'here');
  assert.equal(command.rotate(), 2);
  clock.advance(MINUTE_MS);
  assert.equal(command.rotate('compromised'), 3);
  const fresh = createSealing(command, clock).sealForPlatform('newer key', 'here');

  const sealing = createSealing(server, clock);
  assert.equal(sealing.openForPlatform(fresh, 'here'), 'newer key');
  assert.equal(sealing.openForPlatform(old, 'here'), 'private key');
  assert.equal(server.current, 3);
  assert.equal(server.fingerprint, openKeyring({ file }).fingerprint);
  assert.deepEqual(server.describe(), [
    { version: 1, status: 'retired', createdAt: '2027-01-01T00:00:00.000Z' },
    { version: 2, status: 'compromised', createdAt: '2027-01-01T00:00:00.000Z' },
    { version: 3, status: 'active', createdAt: '2027-01-01T00:01:00.000Z' },
  ]);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(directory), ['keyring.json']);
});

test('a missing, damaged or readable-by-others keyring is refused in one sentence', (context) => {
  const { directory, file } = temporaryFile(context);
  assert.throws(() => openKeyring({ file, createIfMissing: false }), refusal(/missing.*restore it/));
  assert.deepEqual(readdirSync(directory), []);

  openKeyring({ file });
  const whole = readFileSync(file, 'utf8');
  const document = JSON.parse(whole);
  const secrets = [document.index_key, document.master_keys[0].key];
  const damaged = [
    '',
    'null',
    '[]',
    whole.slice(0, -20),
    whole.replace('"format": 1', '"format": 2'),
    whole.replace('"current": 1', '"current": 2'),
    whole.replace('"active"', '"retired"'),
    whole.replace(secrets[1], secrets[1].slice(4)),
    whole.replace(secrets[0], ''),
    JSON.stringify({ ...document, master_keys: [] }),
    JSON.stringify({ ...document, master_keys: [...document.master_keys, ...document.master_keys] }),
  ];
  for (const text of damaged) {
    writeFileSync(file, text);
    assert.throws(() => openKeyring({ file }), refusal(/damaged: restore it/, secrets), JSON.stringify(text));
  }
  writeFileSync(file, whole);
  for (const mode of [0o640, 0o604, 0o620]) {
    chmodSync(file, mode);
    assert.throws(() => openKeyring({ file }), refusal(/chmod 600/), mode.toString(8));
  }
  chmodSync(file, 0o600);
  assert.equal(openKeyring({ file }).current, 1);
});

test('a process killed while it rotates leaves a whole keyring', async (context) => {
  const { directory, file } = temporaryFile(context);
  const fingerprint = openKeyring({ file }).fingerprint;
  const program = `
    import { openKeyring } from ${JSON.stringify(new URL('./keyring.ts', import.meta.url).href)};
    const keyring = openKeyring({ file: process.argv[1] });
    keyring.rotate();
    console.log('ready');
    while (keyring.current < 60000) keyring.rotate();`;
  for (let round = 0; round < 3; round += 1) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, file], { stdio: 'pipe' });
    await once(child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, 30 + round * 17));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const keyring = openKeyring({ file, clock: manualClock(new Date(Date.now() + 2 * MINUTE_MS)) });
    assert.equal(keyring.fingerprint, fingerprint);
    const versions = keyring.describe().map(({ version }) => version);
    assert.deepEqual(
      versions,
      Array.from({ length: keyring.current }, (_, index) => index + 1),
    );
    assert.ok(keyring.current > 1);
    // What the killed process left behind is taken over and cleaned up.
    assert.equal(keyring.rotate(), versions.length + 1);
    assert.deepEqual(readdirSync(directory), ['keyring.json']);
  }
});

test('half a temporary file is never read, and removed only when it is old', (context) => {
  const { directory, file } = temporaryFile(context);
  const abandoned = join(directory, 'keyring.json.tmp-0123');
  const inUse = join(directory, 'keyring.json.tmp-4567');
  writeFileSync(abandoned, '{"format": 1, "current"');
  writeFileSync(inUse, '{');
  const longAgo = new Date(Date.now() - 2 * MINUTE_MS);
  utimesSync(abandoned, longAgo, longAgo);
  assert.equal(openKeyring({ file }).current, 1);
  assert.deepEqual(readdirSync(directory), ['keyring.json', 'keyring.json.tmp-4567']);
});

test('two processes that start at once on no keyring end with the same keys', async (context) => {
  const { file } = temporaryFile(context);
  const program = `
    import { openKeyring } from ${JSON.stringify(new URL('./keyring.ts', import.meta.url).href)};
    process.stdout.write(openKeyring({ file: process.argv[1] }).fingerprint);`;
  const prints = await Promise.all(
    [1, 2, 3].map(async () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program, file], { stdio: 'pipe' });
      return String(await once(child.stdout, 'data'));
    }),
  );
  assert.deepEqual(new Set(prints), new Set([openKeyring({ file }).fingerprint]));
});

test('an existing keyring is neither replaced by a creation nor edited in place by a rotation', (context) => {
  const { directory, file } = temporaryFile(context);
  const keyring = openKeyring({ file });
  const before = readFileSync(file, 'utf8');
  assert.equal(createKeyringFile(file, 'other keys', Date.now()), false);
  assert.equal(readFileSync(file, 'utf8'), before);

  // A second name of the old file shows whether the rotation wrote into it.
  const old = join(directory, 'old.json');
  linkSync(file, old);
  keyring.rotate();
  assert.equal(readFileSync(old, 'utf8'), before);
  assert.notEqual(readFileSync(file, 'utf8'), before);
});

test('a rotation while another process rotates is refused', (context) => {
  const { file } = temporaryFile(context);
  const keyring = openKeyring({ file });
  writeFileSync(`${file}.lock`, '');
  assert.throws(() => keyring.rotate(), refusal(/Another process/));
  assert.equal(openKeyring({ file }).current, 1);
});

test('keys from settings: the highest version is current, a wrong setting is named without its secret', () => {
  const [one, two, index] = [newKey(), newKey(), newKey()];
  const keyring = openKeyring({ masterKeys: `2:${two}, 1:${one}`, indexKey: index });
  assert.equal(keyring.current, 2);
  assert.equal(keyring.get(1)!.export().toString('base64'), one);
  assert.equal(keyring.get(3), undefined);
  assert.throws(() => keyring.rotate(), refusal(/MASTER_KEYS/));
  for (const wrong of ['', one, `0:${one}`, `1:${one},1:${two}`, `1:${one.slice(4)}`, `70000:${one}`, `1:${one},`]) {
    assert.throws(() => openKeyring({ masterKeys: wrong, indexKey: index }), refusal(/Entry \d of MASTER_KEYS/, [one]));
  }
  assert.throws(() => openKeyring({ masterKeys: `1:${one}` }), refusal(/INDEX_KEY/));
  assert.throws(() => openKeyring({}), refusal(/No keys/));
});
