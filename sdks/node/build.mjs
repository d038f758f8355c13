// Makes dist/: the same sources once as ES modules and once as CommonJS, whose entry is the class itself.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

rmSync(here('dist'), { recursive: true, force: true });
compile('dist/esm');
// The compiler takes the module system of a file from the nearest package.json, so CommonJS is made from a copy of it.
mkdirSync(here('dist/cjs'), { recursive: true });
compile('dist/cjs', '--module', 'commonjs', '--moduleResolution', 'bundler', '--verbatimModuleSyntax', 'false');
writeFileSync(here('dist/cjs/package.json'), '{ "type": "commonjs" }\n');
for (const name of ['entry.cjs', 'entry.d.cts']) copyFileSync(here(`commonjs/${name}`), here(`dist/cjs/${name}`));

function compile(directory, ...options) {
  const compiler = here('../../node_modules/typescript/bin/tsc');
  const result = spawnSync(process.execPath, [compiler, '-p', here('.'), '--outDir', here(directory), ...options], {
    stdio: 'inherit',
  });
  if (result.status !== 0) process.exit(result.status ?? 1);
}
