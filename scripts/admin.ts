// Work of an operator on an installation, running or not:
//   npm run admin -- rotate-key [--compromised]
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

const USAGE = `Usage: npm run admin -- rotate-key [--compromised]
Replaces the master key now and seals everything stored anew; with --compromised the old one is marked so for good.
       npm run admin -- create-client --name <name> [--organization <org id>] [--scopes "<scope> <scope>"]
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

/** Replaces the master key, beside a running server or alone, and says what that came to (PCI-08). */
async function rotateKey(platform: Platform, compromised: boolean): Promise<void> {
  const report = await platform.keys.replace(compromised ? 'compromised' : 'retired');
  const { version, resealed, unreadable } = report;
  process.stdout.write(`${JSON.stringify({ master_key: version, resealed, unreadable }, null, 2)}\n`);
  if (unreadable > 0) throw new StartupError(`${unreadable} sealed values do not open under any key of the keyring.`);
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      name: { type: 'string' },
      organization: { type: 'string' },
      scopes: { type: 'string' },
      compromised: { type: 'boolean', default: false },
    },
  });
  const [command = ''] = positionals;
  if (!['create-client', 'rotate-key'].includes(command)) throw new StartupError(USAGE);
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
    if (command === 'rotate-key') await rotateKey(platform, values.compromised);
    else await createClient(platform, values);
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
