import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { EditionContract } from '#gateway/contract/edition.ts';
import { ERROR_CATALOGUE } from '#kernel/errors.ts';
import { FIELD_ERRORS } from '#kernel/http/fields.ts';
import type { Operation } from '#kernel/http/operation.ts';
import { SETTINGS } from '#src/config.ts';
import { declaredEditions, generatedFiles } from '../../scripts/contracts.ts';
import { errorStatuses } from '../support/check-response.ts';
import { projectFolder } from '../support/sources.ts';

const read = (path: string) => readFileSync(join(projectFolder, path), 'utf8');
const editions: EditionContract[] = Object.values(declaredEditions());
const operations = editions.flatMap((edition) => edition.operations);

test('the committed contracts and references are what the declarations print', () => {
  const files = generatedFiles();
  for (const [path, text] of files) {
    let committed = '';
    try {
      committed = read(path);
    } catch {
      assert.fail(`${path} is missing; run: npm run generate`);
    }
    assert.equal(committed === text, true, `${path} is out of date; run: npm run generate`);
  }
  const events = globSync('contracts/events/*.json', { cwd: projectFolder });
  const unknown = events.filter((path) => !files.has(path.replaceAll('\\', '/')));
  assert.deepEqual(unknown, [], 'these events do not exist any more; run: npm run generate');
});

test('ARC-02 the contract of every edition is OpenAPI without findings', () => {
  const cli = join(projectFolder, 'node_modules/@redocly/cli/bin/cli.js');
  const config = join(projectFolder, 'test/contract/redocly.yaml');
  const targets = editions.map(({ name }) => join(projectFolder, `contracts/openapi.${name}.json`));
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'lint', '--config', config, ...targets], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' },
  });
  assert.equal(status, 0, `${stdout}${stderr}`);
  for (const { name } of editions) {
    assert.match(stderr, new RegExp(`openapi\\.${name}\\.json: validated`), `redocly did not look at ${name}`);
  }
  assert.doesNotMatch(stdout + stderr, /\d+ warnings?/, stdout + stderr);
});

test('the contract holds every operation, with every status it may answer', () => {
  assert.ok(operations.length > 60);
  for (const edition of editions) {
    const contract = JSON.parse(read(`contracts/openapi.${edition.name}.json`));
    const count = Object.values(contract.paths as Record<string, object>).flatMap((path) => Object.keys(path)).length;
    assert.equal(count, edition.operations.length, edition.name);
    for (const operation of edition.operations) assertDescribed(contract, operation, edition);
  }
});

function assertDescribed(contract: { paths: Paths }, operation: Operation, edition: EditionContract): void {
  const path = operation.path.replace(/:([A-Za-z_]+)/g, '{$1}');
  const described = contract.paths[path]?.[operation.method.toLowerCase()];
  assert.equal(described?.operationId, operation.id);
  const declared = new Set([...Object.keys(operation.responses).map(Number), ...errorStatuses(operation, edition)]);
  const printed = Object.keys(described!.responses).map(Number);
  assert.deepEqual(printed.toSorted(), [...declared].toSorted(), operation.id);
}

type Paths = Record<string, Record<string, { operationId: string; responses: object }>>;

test('error catalogue, documentation and contract agree', () => {
  const documentation = read('docs/errors.md');
  const contract = JSON.parse(read('contracts/openapi.canonical.json'));
  const described = new Map<string, string>();
  for (const path of Object.values(contract.paths as Record<string, Record<string, { responses: object }>>)) {
    for (const { responses } of Object.values(path)) {
      for (const [status, { description }] of Object.entries(responses)) {
        for (const [code] of String(description).matchAll(/ERR_[A-Z_]+/g))
          described.set(`${status} ${code}`, description);
      }
    }
  }
  const known = new Set(Object.values(ERROR_CATALOGUE).map(({ code, status }) => `${status} ${code}`));
  assert.deepEqual(
    [...described.keys()].filter((entry) => !known.has(entry)),
    [],
  );
  for (const { code, status, title, fix } of Object.values(ERROR_CATALOGUE)) {
    assert.match(documentation, new RegExp(`### ${code}\n`));
    assert.ok(documentation.includes(`| ${status} | ${title} | ${fix} |`), `${code} ${status} in docs/errors.md`);
  }
  for (const code of Object.keys(FIELD_ERRORS)) assert.ok(documentation.includes(`\`${code}\``), code);
  const used = new Set(operations.flatMap((operation) => operation.errors));
  for (const kind of used) assert.ok(Object.hasOwn(ERROR_CATALOGUE, kind), kind);
});

test('V1-93 the guide to errors says of every code of every edition whether repeating helps', () => {
  const documentation = read('docs/errors.md');
  const rows = documentation.split('\n').filter((line) => /\| (?:never|after a wait) \|/.test(line));
  assert.equal(rows.length, Object.keys(ERROR_CATALOGUE).length);
  for (const { name, errors } of editions) {
    for (const { status, code } of Object.values(errors)) {
      const row = rows.find((line) => line.includes(`${status} \`${code}\``));
      assert.ok(row, `${name}: ${status} ${code}`);
      // A client that repeats by status alone, as the printed samples do, must be right.
      if (status === 429 || status >= 500) assert.match(row, /after a wait/, `${name}: ${code}`);
    }
  }
});

test('V1-123 every edition has a section of known issues', () => {
  const headings = read('docs/known-issues.md').match(/^## .*$/gm) ?? [];
  for (const { prefix } of editions) assert.ok((headings as string[]).includes(`## ${prefix || 'Current'}`), prefix);
});

test('the configuration reference names every setting with its default and gives no secret one', () => {
  const documentation = read('docs/configuration.md');
  for (const [name, setting] of Object.entries(SETTINGS)) {
    assert.ok(documentation.includes(`| \`${name}\` |`), name);
    assert.ok(documentation.includes(setting.meaning.replaceAll('|', '\\|')), name);
    if ('secret' in setting && setting.secret) assert.equal(setting.standard, undefined, name);
  }
});

test('every schema of a public event takes its own sample and refuses another type', () => {
  const paths = globSync('contracts/events/*.json', { cwd: projectFolder });
  assert.ok(paths.length >= 6, paths.join());
  for (const path of paths) {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    const schema = JSON.parse(read(path));
    const validate = ajv.compile(schema);
    assert.equal(validate(schema.examples[0]), true, `${path}: ${JSON.stringify(validate.errors)}`);
    assert.equal(validate({ ...schema.examples[0], type: 'something.else' }), false, path);
    assert.ok(schema.description, `${path} says what happened`);
  }
});
