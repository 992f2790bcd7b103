/**
 * Plants a bug and hunts it: bundles the zoo's worker with one file edited while it is loaded (an esbuild onLoad step),
 * and runs that bundle as a process of its own. The engine itself is never touched, on disk or in this process.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Plugin } from 'esbuild';
import { applyEdit } from '../../scenarios/zoo/entry.ts';
import type { Catch, Quarry, Zoo, ZooEdit } from '../platform.ts';
import type { FromZooWorker } from './zoo-worker.ts';

const WORKER = 'cli/node/zoo-worker.ts';
/** Packages in CommonJS that are bundled call `require` for node's own modules. */
const BANNER =
  "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);";

export function zooOf(checkout: string): Zoo {
  return {
    async hunt(entry, quarry) {
      const directory = mkdtempSync(join(tmpdir(), 'millrace-zoo-'));
      try {
        const bundle = join(directory, `${entry.id}.mjs`);
        await bundleWith(checkout, [entry], bundle);
        return await huntIn(bundle, checkout, quarry);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
  };
}

/** Of different files. Throws `ZooEditError` if an edit does not apply, and esbuild's error if the result does not compile. */
export async function bundleWith(checkout: string, entries: readonly ZooEdit[], outfile: string): Promise<void> {
  const due = new Map(entries.map((entry) => [resolve(checkout, entry.file), entry]));
  const plugin: Plugin = {
    name: 'zoo',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const entry = due.get(path);
        if (entry === undefined) return undefined;
        due.delete(path);
        return { contents: applyEdit(entry, readFileSync(path, 'utf8')), loader: 'ts' };
      });
    },
  };
  // Loaded here and not above: it is needed for this only, and a bundle would load it with every command.
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: checkout,
    entryPoints: [WORKER],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: { js: BANNER },
    plugins: [plugin],
    logLevel: 'silent',
  });
  for (const { id, file } of due.values()) throw new Error(`zoo entry ${id}: ${file} is no part of what runs`);
}

/** The bundle runs in the checkout, where it finds its data. */
function huntIn(bundle: string, checkout: string, quarry: Quarry): Promise<readonly Catch[]> {
  return new Promise((done, failed) => {
    const child = fork(bundle, [], {
      cwd: checkout,
      execArgv: ['--enable-source-maps'],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    let answer: FromZooWorker | undefined;
    child.on('message', (message: FromZooWorker) => {
      answer = message;
    });
    child.on('error', failed);
    child.on('exit', (code, signal) => {
      if (answer?.kind === 'caught') done(answer.catches);
      else
        failed(new Error(answer?.message ?? `the hunt ended without an answer (${signal ?? `exit ${String(code)}`})`));
    });
    child.send(quarry);
  });
}
