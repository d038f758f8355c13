import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type V2UnderTest, v2UnderTest } from '#editions/v2/v2-under-test.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const packageFolder = join(root, 'sdks', 'node');

/**
 * The runtimes to try: the project's own, whatever `node` is outside of it, and those that SDK_NODES names. What is older
 * than the package allows is left out.
 */
const runtimes = [
  process.execPath,
  ...nodesOnPath(),
  ...(process.env.SDK_NODES ?? '').split(delimiter).filter(Boolean),
];

let v2: V2UnderTest;
let project: string;
before(async () => {
  for (const node of runtimes) assert.ok(existsSync(node), `SDK_NODES names ${node}, which does not exist`);
  v2 = await v2UnderTest();
  project = mkdtempSync(join(tmpdir(), 'techcorp-sdk-'));
  await run(process.execPath, [join(packageFolder, 'build.mjs')]);
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', project];
  const packed = await npm(pack, packageFolder);
  const [{ filename }] = JSON.parse(packed.stdout);
  writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true }');
  await npm(['install', '--offline', '--no-audit', '--no-fund', `./${filename}`], project);
});
after(async () => {
  await v2?.app.close();
  if (project) rmSync(project, { recursive: true, force: true });
});

function npm(commandLine: string[], cwd: string) {
  return run('npm', commandLine, { cwd, env: { ...process.env, npm_config_cache: join(project, '.npm') } });
}

function nodesOnPath(): string[] {
  const outside = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const found = outside.map((folder) => join(folder, 'node')).find(existsSync);
  return found ? [found] : [];
}

/** Runs a file of the empty project with each runtime and gives what they printed. */
async function onEveryNode(name: string, text: string, environment: Record<string, string>): Promise<string[]> {
  writeFileSync(join(project, name), text);
  const outputs = [];
  for (const node of runtimes) {
    const options = { cwd: project, env: { PATH: dirname(node), TECHCORP_BASE_URL: v2.app.baseUrl, ...environment } };
    const { stdout } = await run(node, [name], options);
    outputs.push(stdout);
  }
  return outputs;
}

test('the package is tried under every Node that was found, each of a version that it supports', async () => {
  const { engines } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const oldest = Number(/\d+/.exec(engines.node)![0]);
  const versions = await onEveryNode('version.cjs', 'console.log(process.version)', {});
  const majors = versions.map((version) => Number(/\d+/.exec(version)![0]));
  assert.ok(majors.includes(24) && majors.every((major) => major >= oldest), versions.join());
  assert.equal(new Set(runtimes).size, versions.length);
});

test('V2-91 the quick start of the reference runs as it is printed', async () => {
  const user = await v2.newUser();
  const product = await v2.newProduct();
  const printed = quickStart.replace('usr_abc123', user.id).replace('prd_xyz789', product.id);
  const outputs = await onEveryNode('quick-start.cjs', `(async () => {${printed}})();`, { TECHCORP_API_KEY: v2.key });
  for (const output of outputs) assert.match(output, /^Order created: ord_[0-9a-z]{26}\n$/);
  const { body } = await v2.call('GET', `/orders?user_id=${user.id}`);
  assert.equal(body.pagination.total, runtimes.length);
});

/** As the reference of /v2 prints it; only the two ids are put in by the test. */
const quickStart = `
const TechCorp = require('@techcorp/sdk');

const client = new TechCorp({ apiKey: process.env.TECHCORP_API_KEY });

// List users
const users = await client.users.list({ status: 'active', limit: 10 });

// Create an order
const order = await client.orders.create({
  userId: 'usr_abc123',
  items: [{ productId: 'prd_xyz789', quantity: 1 }],
});

console.log(\`Order created: \${order.id}\`);
`;

test('the package works as an ES module, with the canonical edition, paging, errors and money', async () => {
  const program = `
import TechCorp, { InvalidRequestError, NotFoundError } from '@techcorp/sdk';
const client = new TechCorp({ clientId: process.env.CLIENT_ID, clientSecret: process.env.CLIENT_SECRET });
const sku = 'SDK-' + process.version.replaceAll('.', '-');
const product = await client.products.create({
  name: 'By SDK', description: 'x', price: 250, currency: 'USD', category: 'service', active: true, sku,
  metadata: { made_by: 'sdk' },
});
const again = await client.products.get(product.id);
const names = [];
for await (const each of client.products.list({ limit: 1 })) names.push(each.name);
const missing = await client.products.get('prd_01h455vb4pex5vsknk084sn02q').catch((error) => error);
const wrong = await client.products.create({ name: '' }).catch((error) => error);
console.log(JSON.stringify([
  again.createdAt === product.createdAt, again.metadata, names.includes('By SDK') && names.length > 1,
  missing instanceof NotFoundError, missing.code, wrong instanceof InvalidRequestError, wrong.param,
]));`;
  await v2.newProduct();
  const { clientId, clientSecret } = v2.shop;
  const outputs = await onEveryNode('canonical.mjs', program, { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret });
  const expected = [true, { made_by: 'sdk' }, true, true, 'ERR_NOT_FOUND', true, 'name'];
  for (const output of outputs) assert.deepEqual(JSON.parse(output), expected);
});

test('the types describe both editions, for import and for require', async () => {
  const typed = `
import TechCorp, { type Canonical, type V2, etagOf } from '@techcorp/sdk';
const v2 = new TechCorp({ apiKey: 'tc_live_sk_x' });
const canonical = new TechCorp({ clientId: 'x', clientSecret: 'y' });
export async function use(): Promise<[V2.Order, Canonical.Order, number]> {
  for await (const user of v2.users.list({ status: 'active' })) user.email satisfies string;
  const first = await v2.orders.create({ userId: 'usr_1', items: [{ productId: 'prd_1', quantity: 1 }] });
  const second = await canonical.orders.confirm('ord_1', { ifMatch: etagOf(first)! });
  return [first, second, second.total];
}
// @ts-expect-error a status that does not exist
v2.users.list({ status: 'gone' });
// @ts-expect-error /v2 has no customers
v2.customers;
`;
  writeFileSync(join(project, 'typed.mts'), typed);
  writeFileSync(
    join(project, 'typed.cts'),
    `import TechCorp = require('@techcorp/sdk');\nexport const order = new TechCorp({ apiKey: 'tc_live_sk_x' }).orders.get('ord_1');\n`,
  );
  mkdirSync(join(project, 'node_modules', '@types'), { recursive: true });
  symlinkSync(join(root, 'node_modules', '@types', 'node'), join(project, 'node_modules', '@types', 'node'));
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--types', 'node', 'typed.mts', 'typed.cts'];
  await run(process.execPath, [compiler, ...options], { cwd: project }).catch((error) => assert.fail(error.stdout));
});

test('the package brings no dependency, no test and no source, and says its licence', () => {
  const installed = join(project, 'node_modules', '@techcorp', 'sdk');
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  assert.deepEqual([manifest.dependencies, manifest.license], [undefined, 'MIT']);
  assert.deepEqual(readdirSync(installed).sort(), ['LICENSE', 'README.md', 'dist', 'package.json']);
  const others = readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'));
  assert.deepEqual(others.filter((name) => name !== '@types').sort(), ['@techcorp']);
});
