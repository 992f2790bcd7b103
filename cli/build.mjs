// Builds the package into dist/, or into the folder that --out names:
//
//   index.js testing.js parts.js vitest.js   what `exports` names
//   millrace.mjs                             the command, which `bin` names
//   code.cjs                                 nearly all of it, as one script: one engine, not one an entry  (`script-of.mjs`)
//   load.js                                  loads it
//   chunk-*.js                               what imports packages that are the user's; and what these take from the script
//   compiled/                                what V8 has made of the script: of use to this version of node only, not packed
//   types/                                   declarations; with --types only, since they take longer than all the rest
//   THIRD-PARTY-LICENSES.txt                 of the packages that are bundled
//
// fast-check and vitest stay outside: they are the user's, and a second copy would not be the one that the user's
// arbitraries and `expect` come from. With --bench also bench.mjs, for the repository: the benchmarks in one file.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { scriptOf } from './script-of.mjs';

const { values: options } = parseArgs({
  options: { types: { type: 'boolean' }, bench: { type: 'boolean' }, out: { type: 'string', default: 'dist' } },
});
const root = join(import.meta.dirname, '..');
const dist = resolve(root, options.out);
const ENTRIES = ['index', 'testing', 'parts', 'vitest'];

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'warning',
};

/**
 * Packages in CommonJS (commander, junit-report-builder) call `require` for node's own modules, and a module has none:
 * they get a module that imports them. seedrandom asks for `crypto` to seed itself, which nobody here does: it gets
 * nothing.
 */
const builtinsOfCommonJs = {
  name: 'builtins-of-commonjs',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z:_/]+$/ }, ({ path, kind, importer }) => {
      if (kind !== 'require-call' || !isBuiltin(path)) return undefined;
      return importer.includes('seedrandom') ? { path, namespace: 'nothing' } : { path, namespace: 'builtin' };
    });
    onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: '' }));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({ contents: `export * from '${path}';` }));
  },
};

const BIN = `#!/usr/bin/env node
import { keep, take } from './load.js';

await take('cli.js').main(keep);
`;

async function packageFiles() {
  const { metafile, outputFiles } = await build({
    ...shared,
    entryPoints: { ...Object.fromEntries(ENTRIES.map((name) => [name, `${name}.ts`])), cli: 'cli/node/bin.ts' },
    outdir: dist,
    splitting: true,
    external: ['fast-check', 'vitest', 'vitest/*', 'tsx', 'tsx/*'],
    plugins: [builtinsOfCommonJs],
    metafile: true,
    write: false,
  });
  await build({ ...shared, entryPoints: { load: 'cli/node/load.ts' }, outdir: dist });
  script(outputFiles, metafile.outputs);
  writeFileSync(join(dist, 'millrace.mjs'), BIN, { mode: 0o755 });
  writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), licensesOf(Object.keys(metafile.inputs)));
}

/** A process that runs a plan keeps what it has compiled by then. Another directory, since a failing run leaves a case where it is. */
function compile() {
  const command = [join(dist, 'millrace.mjs'), 'run', 'smoke', '--seed', 'build', '--runs', '1', '--workers', '0'];
  const directory = mkdtempSync(join(tmpdir(), 'millrace-build-'));
  const { status, stderr } = spawnSync(process.execPath, command, { cwd: directory, encoding: 'utf8' });
  rmSync(directory, { recursive: true });
  // It may find a fault: that is for whoever runs it.
  if (status !== 0 && status !== 1) throw new Error(`what was built does not run:\n${stderr}`);
}

/** Into the script goes what imports nothing but node and what is there, too. What does not fit takes it by files of the same names. */
function script(outputFiles, outputs) {
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  const outputOf = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output]));
  const known = new Map();
  const fits = (name) => {
    if (!known.has(name)) known.set(name, outputOf.get(name).imports.every(isThere));
    return known.get(name);
  };
  const isThere = ({ kind, path, external }) =>
    kind !== 'import-statement' || (external === true ? isBuiltin(path) : fits(basename(path)));
  const scripted = [...texts].filter(([name]) => fits(name));
  writeFileSync(join(dist, 'code.cjs'), scriptOf(new Map(scripted)));
  const taken = new Set(ENTRIES.map((name) => `${name}.js`));
  for (const [name, text] of texts) {
    if (fits(name)) continue;
    writeFileSync(join(dist, name), text);
    for (const { path } of outputOf.get(name).imports) taken.add(basename(path));
  }
  for (const [name] of scripted) if (taken.has(name)) writeFileSync(join(dist, name), taking(name, outputOf.get(name)));
}

function taking(name, { exports }) {
  if (exports.includes('default')) throw new Error(`${name} exports by default, which is no name`);
  return `import { take } from './load.js';\n\nexport const { ${exports.join(', ')} } = take('${name}');\n`;
}

/** @param {readonly string[]} inputs files, from the top of the repository */
function licensesOf(inputs) {
  const folders = inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  const texts = [...new Set(folders)].sort().map((folder) => {
    const at = join(root, folder);
    const { name, version, license } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'));
    const file = readdirSync(at).find((entry) => /^licen[sc]e/i.test(entry));
    const text = file === undefined ? '' : `\n${readFileSync(join(at, file), 'utf8').trim()}\n`;
    return `${name} ${version}: ${license}\n${text}`;
  });
  return `Parts of these packages are in the files beside this one.\n\n${texts.join('\n---\n\n')}`;
}

/** Declarations of the entries, and of what their declarations name. */
function types() {
  const out = join(dist, 'types');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.package.json', '--outDir', out], {
    cwd: root,
    stdio: 'inherit',
  });
  const needed = new Set();
  /** Follows relative imports, and names them `.js`: the compiler rewrites them in code, but not in declarations. */
  const visit = (file) => {
    if (needed.has(file)) return;
    needed.add(file);
    const text = readFileSync(file, 'utf8').replace(/(['"])(\.{1,2}\/[^'"\n]+)\.ts\1/g, (_, quote, specifier) => {
      visit(join(dirname(file), `${specifier}.d.ts`));
      return `${quote}${specifier}.js${quote}`;
    });
    writeFileSync(file, text);
  };
  for (const name of ENTRIES) visit(join(out, `${name}.d.ts`));
  for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !needed.has(file)) rmSync(file);
  }
}

/** Packages in CommonJS that are bundled call `require` for node's own modules. */
const REQUIRE = [
  "import { createRequire as __createRequire } from 'node:module';",
  'const require = __createRequire(import.meta.url);',
].join('\n');

async function bench() {
  await build({
    ...shared,
    entryPoints: ['bench/main.ts'],
    outfile: join(dist, 'bench.mjs'),
    sourcemap: true,
    external: ['esbuild', 'tsx', 'tsx/*'],
    banner: { js: REQUIRE },
  });
}

rmSync(dist, { recursive: true, force: true });
await packageFiles();
compile();
if (options.bench) await bench();
if (options.types) types();
