// Work of an operator on an installation, running or not:
//   npm run admin -- create-client --name <name> [--organization <org id>] [--scopes "orders:read orders:write"]
import { parseArgs } from 'node:util';
import { systemClock } from '#kernel/clock.ts';
import { systemContext } from '#kernel/context.ts';
import { openKeyring } from '#kernel/crypto/keyring.ts';
import { migrate } from '#kernel/database/migrations.ts';
import { DomainError } from '#kernel/errors.ts';
import { isId, newId } from '#kernel/ids.ts';
import { StartupError } from '#kernel/startup-error.ts';
import { createTelemetry } from '#kernel/telemetry/telemetry.ts';
import { ALL_SCOPES, ORGANIZATION_SCOPES, PLATFORM_ORGANIZATION } from '#modules/identity/index.ts';
import { createPlatform, type Platform } from '#src/assembly.ts';
import { readConfiguration } from '#src/config.ts';
import { SCHEMAS } from '#src/modules.ts';
import { dataFile, openBeside } from '#src/startup/database.ts';

const USAGE = `Usage: npm run admin -- create-client --name <name> [--organization <org id>] [--scopes "<scope> <scope>"]
Without --organization the client is a platform administrator's.`;

/** Makes an OAuth client and prints its id and secret, which is shown this once. */
async function createClient(platform: Platform, options: { name?: string; organization?: string; scopes?: string }) {
  const { name, organization, scopes } = options;
  if (!name) throw new StartupError(USAGE);
  if (organization && !isId('org', organization)) throw new StartupError('--organization must be an id such as org_….');
  const { identity } = platform.modules;
  const orgId = organization && isId('org', organization) ? organization : PLATFORM_ORGANIZATION;
  if (organization) await identity.getOrganization({ orgId, livemode: true }, orgId);
  else await identity.bootstrapPlatform();
  const all = organization ? ORGANIZATION_SCOPES : ALL_SCOPES;
  const context = systemContext('admin', { orgId, livemode: true }, { requestId: newId('req'), traceparent: '' });
  const made = await identity.createClient(context, { name, scopes: scopes ? scopes.split(/[\s,]+/) : [...all] });
  process.stdout.write(
    `${JSON.stringify({ organization_id: orgId, client_id: made.client.id, client_secret: made.secret }, null, 2)}\n`,
  );
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { name: { type: 'string' }, organization: { type: 'string' }, scopes: { type: 'string' } },
  });
  if (positionals[0] !== 'create-client') throw new StartupError(USAGE);
  const configuration = readConfiguration({ ...process.env, LOG_LEVEL: 'error' });
  const database = await openBeside(configuration, process.env);
  try {
    await migrate(database.administrator, SCHEMAS);
    const { MASTER_KEYS, INDEX_KEY } = configuration;
    const platform = createPlatform({
      configuration,
      clock: systemClock,
      keyring: openKeyring({
        file: dataFile(configuration, 'keyring.json'),
        masterKeys: MASTER_KEYS,
        indexKey: INDEX_KEY,
      }),
      telemetry: await createTelemetry({ serviceName: 'techcorp-admin', clock: systemClock, logLevel: 'error' }),
      connection: database.connection,
      baseUrl: () => '',
    });
    await createClient(platform, values);
    await platform.runtime.close();
  } finally {
    await database.stop();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const expected = error instanceof StartupError || error instanceof DomainError;
    process.stderr.write(`${expected ? error.message : ((error as Error).stack ?? String(error))}\n`);
    process.exit(1);
  },
);
