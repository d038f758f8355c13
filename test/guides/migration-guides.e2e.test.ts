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
  test(`G-58 every request that ${document} shows side by side runs, with the answer it shows`, async () => {
    const organization = await app.organization();
    const edition = /migrating-from-(v\d)\.md$/.exec(document)![1]!;
    const key = await app.key(organization, edition === 'v2' ? { edition: 'v2', family: 'tc_live_sk' } : {});
    const old: Record<string, string> = edition === 'v1' ? { 'x-api-key': key } : { authorization: `Bearer ${key}` };
    const steps = stepsOf(document);
    assert.ok(steps.length >= 10 && steps.length % 2 === 0, `${document} shows ${steps.length} requests`);
    const names: Record<string, string> = {};
    const named = (text: string) => text.replace(/\{(\w+)\}/g, (whole, name: string) => names[name] ?? whole);
    for (const [index, { path, method, body, status, field, value, line, name }] of steps.entries()) {
      assert.equal(path.startsWith(`/${edition}/`), index % 2 === 0, `${document}:${line} is not one of a pair`);
      const isOld = index % 2 === 0;
      const answer = await app.request(method, named(path), {
        headers: isOld ? old : { authorization: `Bearer ${organization.token}` },
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
