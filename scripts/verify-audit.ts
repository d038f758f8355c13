// Proves that the audit trail is untouched, while the server runs or without it: npm run verify-audit
import pg from 'pg';
import { openKeyring } from '#kernel/crypto/keyring.ts';
import { StartupError } from '#kernel/startup-error.ts';
import { anchorFile, chainKey, readAnchor, type Verification, verifyTrail } from '#modules/audit/index.ts';
import { type Configuration, readConfiguration } from '#src/config.ts';
import { type Database, dataFile, openBeside } from '#src/startup/database.ts';

/** Without the anchor a trail that was cut off at its end looks whole, so its absence must be said to be meant. */
const WITHOUT_ANCHOR = '--without-anchor';

async function verify(configuration: Configuration, database: Database, options: readonly string[]): Promise<boolean> {
  const { MASTER_KEYS, INDEX_KEY, DATA_DIR } = configuration;
  // Without the keys of this installation nothing can be proven, so none are made here.
  const source = { file: dataFile(configuration, 'keyring.json'), masterKeys: MASTER_KEYS, indexKey: INDEX_KEY };
  const key = chainKey(openKeyring({ ...source, createIfMissing: false }));
  const file = anchorFile(DATA_DIR);
  const anchor = readAnchor(file, key);
  if (anchor === 'damaged') {
    say(`DIFFERENCE: the anchor ${file} was not written by this installation, or somebody changed it.`);
    return false;
  }
  const found = await verifyOver(database, {
    key,
    anchor,
    onProgress: ({ blocks, entries }) => say(`${blocks} blocks, ${entries} entries so far …`),
  });
  const { difference, blocks, entries, unsealed } = found;
  if (difference) {
    const place = difference.entry
      ? ` (transaction ${difference.entry.transactionId}, position ${difference.entry.position})`
      : '';
    say(`DIFFERENCE, ${difference.kind}, in block ${difference.block}: ${difference.message}${place}`);
    return false;
  }
  if (!anchor && blocks > 0 && !options.includes(WITHOUT_ANCHOR)) {
    say(
      `DIFFERENCE: ${entries} entries in ${blocks} blocks fit together, but ${file} is gone, so nobody can tell whether more followed. ` +
        `If you know why it is not here, run again with ${WITHOUT_ANCHOR}.`,
    );
    return false;
  }
  say(`Untouched: ${entries} entries in ${blocks} blocks (${unsealed} newer ones not sealed yet).`);
  return true;
}

async function verifyOver(database: Database, options: Parameters<typeof verifyTrail>[1]): Promise<Verification> {
  const { host, port, user, password, ssl, database: name } = database.connection('audit');
  const client = new pg.Client({ host, port, user, password, ssl, database: name });
  await client.connect();
  try {
    return await verifyTrail(client, options);
  } finally {
    await client.end();
  }
}

async function main(): Promise<number> {
  const configuration = readConfiguration(process.env);
  const database = await openBeside(configuration, process.env);
  try {
    return (await verify(configuration, database, process.argv.slice(2))) ? 0 : 1;
  } finally {
    await database.stop();
  }
}

function say(message: string): void {
  process.stdout.write(`${message}\n`);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const expected = error instanceof StartupError;
    process.stderr.write(`${expected ? error.message : ((error as Error).stack ?? String(error))}\n`);
    process.exit(1);
  },
);
