// Adds to package-lock.json the packages of other platforms that npm left out, so that `npm ci` finds the right ones on
// every machine. npm writes down only what the registry it asked could show it, and a mirror may hold nothing but the
// packages of the machines that use it. Run it after every change of a dependency: `node scripts/complete-lock.mjs`.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const OPERATING_SYSTEMS = 'aix android darwin freebsd linux netbsd openbsd openharmony sunos win32'.split(' ');
const PROCESSORS = 'arm arm64 ia32 loong64 mips64el ppc64 riscv64 s390x wasm32 x64'.split(' ');
/** How the names of native packages tell which C library they are made for. */
const C_LIBRARIES = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' };
const EXACT_VERSION = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;

/**
 * Every package that an optional dependency names and the lock file lacks gets an entry, at the place where npm would
 * put it. An entry has no checksum, because nobody here has seen the package: npm fetches that with the package itself.
 * @param {{ packages: Record<string, object> }} lock a parsed package-lock.json
 * @returns {{ lock: object, added: string[], skipped: string[] }} a new lock; `skipped` are version ranges, which only
 *   npm can resolve
 */
export function completeLock(lock) {
  const packages = { ...lock.packages };
  const added = [];
  const skipped = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (resolves(packages, path, name, version)) continue;
      if (!EXACT_VERSION.test(version)) {
        skipped.push(`${name}@${version}`);
        continue;
      }
      // The top folder has room for one version of a name; a second one goes below the package that wants it.
      const top = `node_modules/${name}`;
      const place = packages[top] ? `${path}/${top}` : top;
      packages[place] = foreignPackage(name, version, entry.dev === true);
      added.push(place);
    }
  }
  const sorted = Object.entries(packages).sort(([left], [right]) => left.localeCompare(right, 'en'));
  return { lock: { ...lock, packages: Object.fromEntries(sorted) }, added, skipped };
}

/** Whether the package at `path` would find `name` in this version, looking upwards through the folders as Node does. */
function resolves(packages, path, name, version) {
  for (let folder = path; ; folder = folder.replace(/(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+$/, '')) {
    const found = packages[`${folder ? `${folder}/` : ''}node_modules/${name}`];
    if (found && (found.version === version || !EXACT_VERSION.test(version))) return true;
    if (folder === '') return false;
  }
}

/** The entry of a package for another platform; `@scope/tool-linux-x64-musl` says itself where it runs. */
function foreignPackage(name, version, isDevelopment) {
  const words = name.split(/[/@-]/);
  const system = words.find((word) => OPERATING_SYSTEMS.includes(word));
  const processor = words.find((word) => PROCESSORS.includes(word));
  const library = words.map((word) => C_LIBRARIES[word]).find(Boolean);
  return {
    version,
    ...(processor && { cpu: [processor] }),
    ...(isDevelopment && { dev: true }),
    ...(system === 'linux' && library && { libc: [library] }),
    optional: true,
    ...(system && { os: [system] }),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
  const { lock, added, skipped } = completeLock(JSON.parse(readFileSync(file, 'utf8')));
  if (added.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`${added.length} packages of other platforms added.`);
  if (skipped.length > 0) console.log(`Left to npm, because they name a range: ${skipped.join(', ')}.`);
}
