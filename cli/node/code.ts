/**
 * The code of the package: modules that were made into one script (`cli/script-of.mjs`), so that V8 can take up what it has
 * compiled before instead of compiling it anew. Of modules Node 20 cannot keep that at all, and later ones less well. The first verdict
 * is there in little more than half of the time.
 *
 * What is kept lies beside the script, in `compiled/`, one file for each script and each version and set of flags of V8. It has
 * what a process has called until its first verdict. The build keeps that of a process that runs plans itself; so does the
 * first such process that finds nothing, which is one of another version of node. Where nothing can be written nothing is
 * kept, and all is as it was. V8 takes what it is given for its own, and ends the process where it is not: so there is a checksum.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';
import * as zlib from 'node:zlib';

/** What a module exports, by name. */
type Exports = Readonly<Record<string, unknown>>;

interface Surroundings {
  readonly take: (name: string) => Exports;
  /** For `import()` of a module of the script. */
  readonly later: (name: string) => Promise<Exports>;
  /** For any other `import()`. */
  readonly outside: (specifier: string) => Promise<unknown>;
  readonly builtin: typeof process.getBuiltinModule;
  /** `import.meta`. */
  readonly meta: { readonly url: string; readonly dirname: string; readonly filename: string };
}

type Modules = Readonly<Record<string, (surroundings: Surroundings) => Exports>>;

const CHECKSUM_BYTES = 4;

/** The script in a folder. */
export class Code {
  readonly #script: Script;
  /** Undefined: this version of node has no checksums. */
  readonly #kept: string | undefined;
  readonly #hasTakenUp: boolean;
  readonly #modules: Modules;
  readonly #surroundings: Surroundings;
  readonly #taken = new Map<string, Exports>();

  /** `cached`: take up what an earlier process has kept. `outside`: imports from a module in that folder. */
  constructor(directory: string, cached: boolean, outside: (specifier: string) => Promise<unknown>) {
    const filename = join(directory, 'code.cjs');
    const { href: url } = pathToFileURL(filename);
    const bytes = readFileSync(filename);
    const checksum = checksumOf(bytes);
    this.#kept =
      checksum === undefined ? undefined : join(directory, 'compiled', `${cachedDataVersionTag()}-${checksum}.bin`);
    const cachedData = cached && this.#kept !== undefined ? keptIn(this.#kept) : undefined;
    // The build writes ASCII only: read as such, it is a string of one byte a character, and nothing is decoded.
    const script = new Script(bytes.toString('latin1'), {
      filename: url,
      ...(cachedData === undefined ? {} : { cachedData }),
    });
    this.#script = script;
    this.#hasTakenUp = cachedData !== undefined && script.cachedDataRejected === false;
    this.#modules = script.runInThisContext() as Modules;
    this.#surroundings = {
      take: this.take,
      later: async (name) => Promise.resolve().then(() => this.take(name)),
      outside,
      builtin: process.getBuiltinModule,
      meta: { url, dirname: directory, filename },
    };
  }

  /** What the module exports; it is run if it is the first to ask. */
  readonly take = (name: string): Exports => {
    const taken = this.#taken.get(name);
    if (taken !== undefined) return taken;
    const module = this.#modules[name];
    if (module === undefined) throw new Error(`the package has no module ${name}`);
    const exports = module(this.#surroundings);
    this.#taken.set(name, exports);
    return exports;
  };

  /** For later processes, with the flags that V8 has now: what it has compiled by now, unless it has taken it up. */
  readonly keep = (): void => {
    if (this.#kept === undefined || this.#hasTakenUp) return;
    const compiled = this.#script.createCachedData();
    const checksum = Buffer.alloc(CHECKSUM_BYTES);
    checksum.writeUInt32LE(checksumOf(compiled) ?? 0);
    const unfinished = `${this.#kept}.${process.pid}.tmp`;
    try {
      mkdirSync(join(this.#kept, '..'), { recursive: true });
      writeFileSync(unfinished, Buffer.concat([compiled, checksum]));
      renameSync(unfinished, this.#kept);
    } catch {
      // A package that is read only, or a full disk: the next process compiles anew, too.
    }
  };
}

/** Node has it from 20.15 and 22.2 on. */
function checksumOf(bytes: Uint8Array): number | undefined {
  return (zlib as Partial<typeof zlib>).crc32?.(bytes);
}

/** Undefined: nothing, or not what was written. */
function keptIn(file: string): Buffer | undefined {
  try {
    const bytes = readFileSync(file);
    const compiled = bytes.subarray(0, -CHECKSUM_BYTES);
    return checksumOf(compiled) === bytes.readUInt32LE(compiled.length) ? compiled : undefined;
  } catch {
    return undefined;
  }
}
