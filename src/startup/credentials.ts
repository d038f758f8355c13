import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** What the first embedded start writes for its owner, mode 600. */
export interface Credentials {
  base_url: string;
  organization_id: string;
  clients: {
    platform_admin: { client_id: string; client_secret: string };
    organization_admin: { client_id: string; client_secret: string };
  };
}

export function readCredentials(file: string): Credentials | null {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Credentials) : null;
}

/** Replaces the file at once, so that a reader never sees half of it. */
export function writeCredentials(file: string, credentials: Credentials): void {
  const draft = `${file}.new`;
  writeFileSync(draft, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, file);
}
