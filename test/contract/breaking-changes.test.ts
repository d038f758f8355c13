import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from '../support/sources.ts';
import { breakingChanges } from './breaking-changes.ts';

const read = (path: string) => JSON.parse(readFileSync(join(projectFolder, path), 'utf8'));
const released = globSync('contracts/released/*.json', { cwd: projectFolder });

test('V1-96 no contract breaks what was released of it', () => {
  for (const present of globSync('contracts/openapi.*.json', { cwd: projectFolder })) {
    const path = present.replace('contracts/', 'contracts/released/');
    assert.ok(released.includes(path), `${path} is missing: what is released of an edition is guarded there`);
  }
  for (const path of released) {
    const present = path.replace('released', '.');
    assert.ok(existsSync(join(projectFolder, present)), `${path} was released and is gone`);
    assert.deepEqual(breakingChanges(read(path), read(present)), [], `${path}: breaks clients; only a new edition may`);
  }
});

/** The contract of /v1 with one change in a copy. */
function changed(change: (contract: Changeable) => void): string[] {
  const before = read('contracts/openapi.v1.json');
  const after = structuredClone(before);
  change(after);
  return breakingChanges(before, after);
}

interface Changeable {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, Record<string, unknown>> };
}
interface Operation {
  security: object[];
  parameters: { name: string; in: string; required: boolean; schema: object }[];
  requestBody: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { description: string }>;
}
interface Schema {
  required: string[];
  properties: Record<string, { type?: string }>;
}

const bodyOf = (contract: Changeable, path: string) =>
  contract.paths[path]!.post!.requestBody.content['application/json']!.schema;

const BREAKING: Record<string, [(contract: Changeable) => void, RegExp]> = {
  'a removed endpoint': [({ paths }) => delete paths['/v1/audit'], /GET \/v1\/audit: removed/],
  'a removed field of an answer': [
    ({ components }) => delete components.schemas.User!.properties.email,
    /email: was removed/,
  ],
  'a field of an answer that may be missing': [
    ({ components: { schemas } }) => {
      schemas.User!.required = schemas.User!.required.filter((name) => name !== 'email');
    },
    /email: may be missing/,
  ],
  'a new required field of a request': [
    (contract) => {
      bodyOf(contract, '/v1/users').required.push('metadata');
    },
    /metadata: is required now/,
  ],
  'a new required parameter': [
    ({ paths }) =>
      paths['/v1/users']!.get!.parameters.push({ name: 'region', in: 'query', required: true, schema: {} }),
    /query region is required now/,
  ],
  'another type in an answer': [
    ({ components }) => {
      components.schemas.User!.properties.name!.type = 'integer';
    },
    /name: may be integer now/,
  ],
  'another type in a request': [
    (contract) => {
      bodyOf(contract, '/v1/users').properties.name!.type = 'integer';
    },
    /name: does not take string/,
  ],
  'another way to authenticate': [
    ({ components }) => {
      components.securitySchemes.apiKey!.name = 'Authorization';
    },
    /apiKey: authentication changed/,
  ],
  'a public endpoint that asks for a credential': [
    ({ paths }) => {
      paths['/v1/openapi.json']!.get!.security = [{ apiKey: [] }];
    },
    /openapi.json: authentication changed/,
  ],
  'an error that means something else': [
    ({ paths }) => {
      const answer = paths['/v1/users']!.post!.responses[409]!;
      answer.description = answer.description.replace('CONFLICT', 'DUPLICATE_VALUE');
    },
    /CONFLICT is not 409 any more/,
  ],
};

for (const [what, [change, finding]] of Object.entries(BREAKING)) {
  test(`V1-96 ${what} is refused`, () => {
    assert.match(changed(change).join('\n'), finding);
  });
}

test('V1-96 what is only added passes: an endpoint, an optional field here and there, a parameter, an error code', () => {
  const findings = changed((contract) => {
    const { paths, components } = contract;
    paths['/v1/teams'] = structuredClone(paths['/v1/audit']!);
    components.schemas.User!.properties.nickname = { type: 'string' };
    bodyOf(contract, '/v1/users').properties.nickname = { type: 'string' };
    paths['/v1/users']!.get!.parameters.push({ name: 'team', in: 'query', required: false, schema: {} });
    paths['/v1/users']!.get!.responses[418] = { description: 'TEAPOT_ERROR: a new one.' };
  });
  assert.deepEqual(findings, []);
});
