/** Bundles a file of the benchmarks with an engine that has a bug of the zoo planted. Nothing on disk is edited. */
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyEdit, type ZooEntry } from '../../scenarios/zoo/entry.ts';
import { zooEntries } from '../../scenarios/zoo/index.ts';
import { answerOf } from '../rounds.ts';

/** From dist/bench.mjs. */
const CHECKOUT = new URL('../', import.meta.url);

/** Packages in CommonJS that are bundled call `require` for node's own modules. */
const BANNER =
  "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);";

type Edit = Pick<ZooEntry, 'id' | 'file' | 'find' | 'replace'>;

export function bugNamed(id: string): ZooEntry {
  const entry = zooEntries.find((one) => one.id === id);
  if (entry === undefined) throw new Error(`the zoo has no ${id}`);
  return entry;
}

/** What a worker (a path in the repository) answers with the bug planted. */
export async function answerWithBug<T>(entry: ZooEntry, worker: string, request: object): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    const bundle = join(directory, 'worker.mjs');
    await bundleEdited(CHECKOUT, worker, [entry], bundle);
    const child = fork(bundle, [], { execArgv: ['--enable-source-maps'], serialization: 'advanced' });
    child.send(request);
    return await answerOf<T>(child, entry.id);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** `checkout` is the top of the repository, `worker` a path below it. */
export async function bundleEdited(
  checkout: URL,
  worker: string,
  edits: readonly Edit[],
  outfile: string,
): Promise<void> {
  const editOf = new Map(edits.map((edit) => [fileURLToPath(new URL(edit.file, checkout)), edit]));
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: fileURLToPath(checkout),
    entryPoints: [worker],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: { js: BANNER },
    logLevel: 'silent',
    plugins: [
      {
        name: 'zoo',
        setup: ({ onLoad }) => {
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const edit = editOf.get(path);
            return edit && { contents: applyEdit(edit, readFileSync(path, 'utf8')), loader: 'ts' };
          });
        },
      },
    ],
  });
}
