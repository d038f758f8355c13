// Writes everything that is printed from declarations: contracts/ and the references below docs/.
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedFiles } from './contracts.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = generatedFiles();
let changes = 0;
for (const [path, text] of files) {
  const target = join(root, path);
  if (existsSync(target) && readFileSync(target, 'utf8') === text) continue;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
  console.log(`wrote ${path}`);
  changes++;
}
for (const path of globSync('contracts/events/*.json', { cwd: root })) {
  if (files.has(path.replaceAll('\\', '/'))) continue;
  rmSync(join(root, path));
  console.log(`removed ${path}`);
  changes++;
}
console.log(`${files.size} generated files, ${changes} changed`);
