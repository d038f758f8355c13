import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectFolder } from '../support/sources.ts';

/** The code that the guide for receivers prints (V1-103), as somebody would copy it into a file of their own. */
export async function documentedVerifier(): Promise<(secret: string, headers: object, body: string) => unknown> {
  const guide = readFileSync(join(projectFolder, 'src/modules/webhooks/README.md'), 'utf8');
  const code = /```js verify-webhook\n([\s\S]+?)```/.exec(guide)![1]!;
  const directory = mkdtempSync(join(tmpdir(), 'techcorp-verify-'));
  try {
    writeFileSync(join(directory, 'verify.mjs'), code);
    return (await import(pathToFileURL(join(directory, 'verify.mjs')).href)).verifyWebhook;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
