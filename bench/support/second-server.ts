import { copyFileSync, mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type Api, signIn } from './api.ts';
import type { Bench } from './scenario.ts';
import { readCredentials, startServer } from './server.ts';

/** A second server with the same keys on the same database, which it reaches by a port: somebody can listen there. */
export async function startSecondServer(
  bench: Bench,
  databasePort: number,
): Promise<{ api: Api; stop(): Promise<void> }> {
  const dataDirectory = join(mkdtempSync(join(bench.dataDirectory, '..', 'second-')), 'data');
  mkdirSync(dataDirectory);
  copyFileSync(join(bench.dataDirectory, 'keyring.json'), join(dataDirectory, 'keyring.json'));
  const url = `postgresql://postgres@127.0.0.1:${databasePort}/techcorp`;
  const server = await startServer(dataDirectory, { DATABASE_URL: url });
  const credentials = await readCredentials(bench.dataDirectory, bench.server.baseUrl);
  const api = await signIn({ ...credentials, base_url: server.baseUrl }, 'organization_admin');
  return { api, stop: server.stop };
}
