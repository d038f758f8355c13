import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandContext } from '#kernel/context.ts';
import { createLocalFolder } from '#kernel/files/local-folder.ts';
import { email, object, text } from '#kernel/http/fields.ts';
import { compile } from '#kernel/http/validate.ts';
import type { JobWorker } from '#kernel/jobs/worker.ts';
import { createIdentity, type Identity, identitySchema } from '#modules/identity/index.ts';
import { type TestKits, testContext, testKits, testTenant } from '#test/support/module.ts';
import type { BulkLimits } from './dependencies.ts';
import { type Bulk, bulkSchema, createBulk, type Import, type ImportTarget, type Resource } from './index.ts';

const Row = object({ email: email(), name: text() });
const read = compile(Row);

/** The module with people as what is imported, over real PostgreSQL and real files. */
export interface BulkUnderTest {
  kits: TestKits;
  identity: Identity;
  directory: string;
  /** As one process has it; `around` stands between the job and the target. Each has a worker of its own. */
  process(options?: { around?: Around; limits?: Partial<BulkLimits> }): { bulk: Bulk; worker: JobWorker };
  close(): Promise<void>;
}

/** What happens around the storing of a batch. */
export type Around = (
  store: () => ReturnType<ImportTarget['store']>,
  batch: number,
) => ReturnType<ImportTarget['store']>;

const straight: Around = (store) => store();

export async function bulkUnderTest(): Promise<BulkUnderTest> {
  const kits = await testKits([identitySchema, bulkSchema]);
  const directory = mkdtempSync(join(tmpdir(), 'techcorp-bulk-'));
  const identity = createIdentity(kits.kit('identity'), {
    issuer: () => 'http://test',
    sendMail: async () => {},
  }).service;
  const store = createLocalFolder(directory);
  return {
    kits,
    identity,
    directory,
    process({ around = straight, limits } = {}) {
      const resources = { users: userResource(identity, around) };
      const module = createBulk(kits.kit('bulk'), { store, resources, limits: { batchRows: 3, ...limits } });
      return { bulk: module.service, worker: kits.worker('bulk', module.jobs!) };
    },
    async close() {
      await kits.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function userResource(identity: Identity, around: Around): Resource {
  let batch = 0;
  return {
    readScope: 'users:read',
    isPersonal: true,
    writeScope: 'users:write',
    import: {
      columns: ['email', 'name'],
      required: ['email', 'name'],
      read(record, source) {
        const result = read(record, source === 'text' ? 'query' : 'body');
        return result.errors ? { errors: result.errors } : { value: result.value };
      },
      store: (context, rows, { dryRun }) =>
        around(() => identity.imports.importBatch(context, rows as never, { dryRun }), ++batch),
    },
    export: {
      columns: ['email', 'name'],
      filters: [],
      async page(tenant, _filters, after, limit) {
        const { items } = await identity.listUsers(tenant, {}, { limit, ...(after && { after }) });
        return {
          records: items.map(({ email: address, name }) => ({ email: address, name })),
          last: items.at(-1)?.id ?? null,
        };
      },
    },
  };
}

/** `count` people; those whose number is in `bad` have no address. */
export function people(count: number, bad: readonly number[] = []): string {
  const lines = Array.from({ length: count }, (_, index) =>
    bad.includes(index + 1) ? `broken,Person ${index + 1}` : `p${index + 1}@example.com,Person ${index + 1}`,
  );
  return `email,name\n${lines.join('\n')}\n`;
}

/** Somebody of a new organisation. */
export async function newContext({ identity }: Pick<BulkUnderTest, 'identity'>): Promise<CommandContext> {
  const { id } = await identity.createOrganization(testContext(testTenant()), { name: 'Shop' });
  return testContext({ orgId: id, livemode: true }, { operation: 'imports.start' });
}

export function startImport(bulk: Bulk, context: CommandContext, file: string, dryRun = false): Promise<Import> {
  async function* chunks() {
    yield Buffer.from(file);
  }
  return bulk.startImport(context, { resource: 'users', format: 'csv', dryRun, chunks: chunks() });
}

/** Addresses of the organisation, each as often as it is there. */
export async function addresses(identity: Identity, context: CommandContext): Promise<string[]> {
  const { items } = await identity.listUsers(context.tenant, {}, { limit: 1_000 });
  return items.map(({ email: address }) => address).sort();
}
