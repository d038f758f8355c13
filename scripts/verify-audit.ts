// Proves that the audit trail is untouched, while the server runs or without it: npm run verify-audit
import pg from 'pg';
import { openKeyring } from '#kernel/crypto/keyring.ts';
import { StartupError } from '#kernel/startup-error.ts';
import { anchorFile, chainKey, readAnchor, verifyTrail } from '#modules/audit/index.ts';
import { type Configuration, readConfiguration } from '#src/config.ts';
import { type Database, dataFile, openBeside } from '#src/startup/database.ts';

async function verify(configuration: Configuration, database: Database): Promise<boolean> {
  const { MASTER_KEYS, INDEX_KEY, DATA_DIR } = configuration;
  // Without the keys of this installation nothing can be proven, so none are made here.
  const source = { file: dataFile(configuration, 'keyring.json'), masterKeys: MASTER_KEYS, indexKey: INDEX_KEY };
  const key = chainKey(openKeyring({ ...source, createIfMissing: false }));
  const anchor = readAnchor(anchorFile(DATA_DIR), key);
  if (anchor === 'damaged') {
    say(`The anchor ${anchorFile(DATA_DIR)} was not written by this installation: somebody changed it.`);
    return false;
  }
  if (!anchor) say('There is no anchor file here: a trail that was cut off at its end would not be noticed.');
  const client = new pg.Client(database.administrator);
  await client.connect();
  try {
    const found = await verifyTrail(client, {
      key,
      anchor,
      onProgress: ({ blocks, entries }) => say(`${blocks} blocks, ${entries} entries so far …`),
    });
    if (found.difference) say(`DIFFERENCE in block ${found.difference.block}: ${found.difference.message}`);
    else
      say(
        `Untouched: ${found.entries} entries in ${found.blocks} blocks (${found.unsealed} newer ones not sealed yet).`,
      );
    return !found.difference;
  } finally {
    await client.end();
  }
}

async function main(): Promise<number> {
  const configuration = readConfiguration(process.env);
  const database = await openBeside(configuration, process.env);
  try {
    return (await verify(configuration, database)) ? 0 : 1;
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
