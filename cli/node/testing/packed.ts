/** The package as a user gets it: built, packed, and unpacked into a project of its own. Needs no network. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../../..');
const DOCUMENTS = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'scenarios/data'];

export interface Answer {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** A folder with `node_modules/millrace`. */
export class Project {
  readonly folder: string;
  readonly #tarball: string;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'millrace-packed-'));
    this.#tarball = packed(join(this.folder, 'built'));
    this.write('package.json', JSON.stringify({ name: 'user', private: true, type: 'module' }));
    this.install('.');
  }

  /** A package of this repository that the user has installed, too, in a folder of the project. */
  link(name: string, folder = '.'): void {
    const place = join(this.folder, folder, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), place);
  }

  /** Unpacks a copy of the package into the node_modules of a folder of the project. */
  install(folder: string): void {
    const place = join(this.folder, folder, 'node_modules/millrace');
    mkdirSync(place, { recursive: true });
    execFileSync('tar', ['xzf', this.#tarball, '--strip-components=1', '-C', place]);
  }

  /** What is in the tarball. */
  files(): readonly string[] {
    const names = execFileSync('tar', ['tzf', this.#tarball], { encoding: 'utf8' }).trim().split('\n');
    return names.map((name) => name.replace(/^package\//, ''));
  }

  /** A file of the installed package. */
  read(name: string): string {
    return readFileSync(join(this.folder, 'node_modules/millrace', name), 'utf8');
  }

  /** A file of the user's. */
  file(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  /** Writes a file of the user's. Returns its path. */
  write(name: string, text: string): string {
    const file = join(this.folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Runs node in the project. */
  node(...args: readonly string[]): Answer {
    return this.in('.').node(...args);
  }

  millrace(...args: readonly string[]): Answer {
    return this.in('.').millrace(...args);
  }

  /** The same, started in a folder of it. */
  in(folder: string): Pick<Project, 'node' | 'millrace'> {
    const cwd = join(this.folder, folder);
    mkdirSync(cwd, { recursive: true });
    const node = (...args: readonly string[]): Answer => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [...args], {
        cwd,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], NO_COLOR: '1' },
      });
      return { status, out: stdout, err: stderr };
    };
    const bin = join(this.folder, 'node_modules/millrace/dist/millrace.mjs');
    return { node, millrace: (...args) => node(bin, ...args) };
  }

  /** The command in so many processes at once, each with variables of its own: their exit codes. */
  together(
    folder: string,
    args: readonly string[],
    variables: readonly Readonly<Record<string, string>>[],
  ): Promise<readonly unknown[]> {
    const cwd = join(this.folder, folder);
    mkdirSync(cwd, { recursive: true });
    const bin = join(this.folder, 'node_modules/millrace/dist/millrace.mjs');
    const exits = variables.map((own) => {
      const env = { PATH: process.env['PATH'], NO_COLOR: '1', ...own };
      return once(spawn(process.execPath, [bin, ...args], { cwd, env, stdio: 'ignore' }), 'exit');
    });
    return Promise.all(exits).then((all) => all.map(([code]: readonly unknown[]) => code));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** `npm pack`, of a build of its own: the one in dist/ may be in use. */
function packed(folder: string): string {
  mkdirSync(folder);
  execFileSync(process.execPath, [join(root, 'cli/build.mjs'), '--types', '--out', join(folder, 'dist')]);
  for (const name of DOCUMENTS) cpSync(join(root, name), join(folder, name), { recursive: true });
  const [report] = JSON.parse(
    execFileSync('npm', ['pack', '--ignore-scripts', '--json'], { cwd: folder, encoding: 'utf8', stdio: 'pipe' }),
  ) as readonly { readonly filename: string }[];
  if (report === undefined) throw new Error('npm pack has made nothing');
  return join(folder, report.filename);
}
