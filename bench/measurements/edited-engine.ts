/** Bundles a file of the benchmarks with an engine that has a bug of the zoo planted. Nothing on disk is edited. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { applyEdit, type ZooEntry } from '../../scenarios/zoo/entry.ts';

/** Packages in CommonJS that are bundled call `require` for node's own modules. */
const BANNER =
  "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);";

type Edit = Pick<ZooEntry, 'id' | 'file' | 'find' | 'replace'>;

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
