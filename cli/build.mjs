// Bundles the command line into dist/millrace.mjs, and the benchmarks, where there are any, into dist/bench.mjs.
// One file starts much faster than hundreds. esbuild stays outside (it finds its binary beside itself, and the zoo
// calls it), and so does tsx (it loads users' TypeScript).

import { chmodSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** Packages in CommonJS that are bundled here (commander) call `require` for node's own modules. */
const REQUIRE = [
  "import { createRequire as __createRequire } from 'node:module';",
  'const require = __createRequire(import.meta.url);',
].join('\n');

/**
 * @param {string} entry path of the entry point, from the top of the repository
 * @param {string} name file name in dist/
 * @param {string} banner what stands before the code
 */
async function bundle(entry, name, banner) {
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join(dist, name),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    external: ['esbuild', 'tsx', 'tsx/*'],
    banner: { js: banner },
    logLevel: 'info',
  });
}

rmSync(dist, { recursive: true, force: true });
await bundle('cli/node/main.ts', 'millrace.mjs', `#!/usr/bin/env node\n${REQUIRE}`);
chmodSync(join(dist, 'millrace.mjs'), 0o755);
if (existsSync(join(root, 'bench/main.ts'))) await bundle('bench/main.ts', 'bench.mjs', REQUIRE);
