import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type TestApp, testApp } from '../support/app.ts';
import { listFiles, projectFolder } from '../support/sources.ts';

/** One request of a guide: a line with method and path, a body unless there is none, and what the answer must be. */
interface Step {
  document: string;
  line: number;
  method: string;
  path: string;
  body: string | undefined;
  status: number;
  /** The field of the answer that must be there, and what it must be when that is said. */
  field: string | undefined;
  value: string | undefined;
  /** Later steps write this name in braces for what the field held. */
  name: string | undefined;
}

const STEP =
  /^```http\n(?<method>[A-Z]+) (?<path>\S+)\n(?:(?<body>\{.*\})\n)?(?<status>\d{3})(?: (?<field>[\w.]+)(?: = (?<value>.*?))?(?: as (?<name>\w+))?)?\n```$/gm;

function stepsOf(document: string): Step[] {
  const markdown = readFileSync(join(projectFolder, document), 'utf8');
  const steps = [...markdown.matchAll(STEP)].map((match) => {
    const { method, path, body, status, field, value, name } = match.groups!;
    const line = markdown.slice(0, match.index).split('\n').length;
    return { document, line, method: method!, path: path!, body, status: Number(status), field, value, name };
  });
  assert.equal(
    steps.length,
    markdown.match(/^```http$/gm)?.length ?? 0,
    `${document}: a request is not of the form that runs`,
  );
  return steps;
}

let app: TestApp;
before(async () => {
  app = await testApp();
});
after(() => app?.close());

for (const document of listFiles('docs/migrating-from-*.md')) {
  test(`V2-102 G-58 every request that ${document} shows side by side runs, with the answer it shows`, async () => {
    const organization = await app.organization();
    const [, from, to = ''] = /migrating-from-(v\d)(?:-to-(v\d))?\.md$/.exec(document)!;
    const credentials: Record<string, Record<string, string>> = {
      v1: { 'x-api-key': await app.key(organization) },
      v2: { authorization: `Bearer ${await app.key(organization, { edition: 'v2', family: 'tc_live_sk' })}` },
      '': { authorization: `Bearer ${organization.token}` },
    };
    const steps = stepsOf(document);
    assert.ok(steps.length >= 10 && steps.length % 2 === 0, `${document} shows ${steps.length} requests`);
    const names: Record<string, string> = {};
    const named = (text: string) => text.replace(/\{(\w+)\}/g, (whole, name: string) => names[name] ?? whole);
    for (const [index, { path, method, body, status, field, value, line, name }] of steps.entries()) {
      const edition = index % 2 === 0 ? from! : to;
      const prefix = /^\/(v\d)\//.exec(path)?.[1] ?? '';
      assert.equal(prefix, edition, `${document}:${line} is not one of a pair`);
      const answer = await app.request(method, named(path), {
        headers: credentials[edition]!,
        body: body && JSON.parse(named(body)),
      });
      const where = `${document}:${line} ${method} ${path}: ${JSON.stringify(answer.body)}`;
      assert.equal(answer.status, status, where);
      const found = field?.split('.').reduce((inner, name) => inner?.[name], answer.body);
      if (field) assert.notEqual(found, undefined, where);
      if (value !== undefined) assert.equal(String(found), value, where);
      if (name) names[name] = String(found);
    }
  });
}

test('V2-102 V1-131 there is a guide for every way from an older edition, and a full changelog that they name', () => {
  const guides = listFiles('docs/migrating-from-*.md');
  assert.deepEqual(guides, [
    'docs/migrating-from-v1-to-v2.md',
    'docs/migrating-from-v1.md',
    'docs/migrating-from-v2.md',
  ]);
  const guide = readFileSync(join(projectFolder, guides[0]!), 'utf8');
  assert.match(guide, /former API, which is not hosted\s+here/);
  assert.match(guide, /\(\.\.\/CHANGELOG\.md\)/);
  const changelog = readFileSync(join(projectFolder, 'CHANGELOG.md'), 'utf8');
  for (const edition of ['/v1', '/v2']) assert.ok(changelog.includes(`\`${edition}\``), `${edition} in the changelog`);
});
