/**
 * The code of the package: modules that were made into one script (`cli/script-of.mjs`), so that V8 can take up what it has
 * compiled before instead of compiling it anew. Of modules Node 20 cannot keep that at all, and later ones less well. The first verdict
 * is there in little more than half of the time.
 *
 * What is kept lies beside the script, in `compiled/`, one file for each script and each version and set of flags of V8. It has
 * what a process has called until its first verdict. The build keeps that of a process that runs plans itself (`--workers 0`); so does
 * the first such process that finds nothing: in a package as it was installed, or with another version of node. Where nothing can
 * be written nothing is kept, and all is as it was. V8 takes what it is given for its own, and ends the process where it is not: so there is a
 * checksum.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';
import * as zlib from 'node:zlib';
import { writeBytes } from './files.ts';

/** What a module exports, by name. */
type Exports = Readonly<Record<string, unknown>>;

interface Surroundings {
  readonly take: (name: string) => Exports;
  /** For `import()` of a module of the script. */
  readonly later: (name: string) => Promise<Exports>;
  /** For any other `import()`. */
  readonly outside: (specifier: string) => Promise<unknown>;
  /** A module of node. */
  readonly builtin: (name: string) => unknown;
  /** `import.meta`. */
  readonly meta: { readonly url: string; readonly dirname: string; readonly filename: string };
}

type Modules = Readonly<Record<string, (surroundings: Surroundings) => Exports>>;

const CHECKSUM_BYTES = 4;
/** Each set of flags has a file of its own, of some megabytes. */
const FILES_MAX = 8;

/** The script in a folder. */
export class Code {
  /** Undefined: there is nothing to keep. */
  #script: Script | undefined;
  /** Undefined: this version of node has no checksums. */
  readonly #kept: string | undefined;
  /** That of V8 when the script was compiled. */
  readonly #flags = cachedDataVersionTag();
  readonly #modules: Modules;
  readonly #surroundings: Surroundings;
  readonly #taken = new Map<string, Exports>();

  /** `cached`: take up what an earlier process has kept. `outside`: imports from a module in that folder. */
  constructor(directory: string, cached: boolean, outside: (specifier: string) => Promise<unknown>) {
    const filename = join(directory, 'code.cjs');
    const { href: url } = pathToFileURL(filename);
    const bytes = readFileSync(filename);
    const checksum = checksumOf(bytes);
    this.#kept = checksum === undefined ? undefined : join(directory, 'compiled', `${this.#flags}-${checksum}.bin`);
    // The build writes ASCII only: read as such, it is a string of one byte a character, and nothing is decoded.
    const text = bytes.toString('latin1');
    this.#modules = isOfNodeItself() ? this.#compiled(text, url, cached) : evaluatedHere(text, url);
    this.#surroundings = {
      take: this.take,
      later: (name) => Promise.resolve(name).then(this.take),
      outside,
      // `process.getBuiltinModule` is younger than some of the versions that the package is for.
      builtin: createRequire(filename),
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

  /** For later processes: what V8 has compiled by now, unless it has taken it up, or has other flags since. */
  readonly keep = (): void => {
    const script = this.#script;
    this.#script = undefined;
    if (script === undefined || this.#kept === undefined || cachedDataVersionTag() !== this.#flags) return;
    const compiled = script.createCachedData();
    const checksum = Buffer.alloc(CHECKSUM_BYTES);
    checksum.writeUInt32LE(checksumOf(compiled) ?? 0);
    const directory = dirname(this.#kept);
    try {
      mkdirSync(directory, { recursive: true });
      if (readdirSync(directory).length < FILES_MAX) writeBytes(this.#kept, Buffer.concat([compiled, checksum]));
    } catch {
      // A package that is read only, or a full disk: the next process compiles anew, too.
    }
  };

  #compiled(text: string, url: string, cached: boolean): Modules {
    const cachedData = cached && this.#kept !== undefined ? keptIn(this.#kept) : undefined;
    const script = new Script(text, { filename: url, ...(cachedData === undefined ? {} : { cachedData }) });
    if (cachedData === undefined || script.cachedDataRejected === true) this.#script = script;
    return script.runInThisContext() as Modules;
  }
}

/** A runner of tests may give each test a context with an `Object`, an `Array` and an `Error` of its own: scripts run in that of node. */
function isOfNodeItself(): boolean {
  return new Script('Object').runInThisContext() === Object;
}

/** In the context of whoever loads it: what it calls an error must be one there. */
function evaluatedHere(text: string, url: string): Modules {
  const evaluate = eval; // Called by another name it takes the text for a script, not for a part of this function.
  return evaluate(`${text}\n//# sourceURL=${url}`) as Modules;
}

/** By node, which has it from 20.15 and 22.2 on: ours (`core/values/checksum.ts`) takes ten times as long, at every start. */
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
