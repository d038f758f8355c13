import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { applySamples, readSamples, type Sample } from './support/doc-samples.ts';
import { socketVariable, startTestServer, type TestServer } from './support/postgres.ts';
import { listFiles } from './support/sources.ts';

const samples: Sample[] = listFiles('docs/adding-*.md').flatMap(readSamples);
const testFiles = samples.map(({ path }) => path).filter((path) => path.endsWith('.test.ts'));

let folder: string;
let server: TestServer | undefined;
let socketDirectory = process.env[socketVariable];
before(async () => {
  folder = applySamples(samples);
  if (socketDirectory) return;
  server = await startTestServer();
  socketDirectory = server.postgres.socketDirectory;
});
after(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server?.stop();
});

for (const path of testFiles) {
  test(`the guides' own test passes: ${path}`, () => {
    const { NODE_TEST_CONTEXT: _context, ...environment } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--test-force-exit', path], {
      cwd: folder,
      env: { ...environment, [socketVariable]: socketDirectory },
      encoding: 'utf8',
      timeout: 110_000,
    });
    assert.equal(status, 0, `${stdout}${stderr}`);
    assert.match(stdout, /# pass [1-9]|ℹ pass [1-9]/, 'no test ran');
  });
}

test('the guides have tests of their own', () => {
  assert.ok(testFiles.length >= 4, testFiles.join());
});
