/**
 * The disk of one host: files that grow at the end, a page cache, and directories with a cache of their own.
 *
 *                     append           sync(path)                      what a power loss leaves
 *   content of a file ──────> cache ─────────────────────> platter     the synced part of the content
 *   name of a file    ──────> cache ──syncDirectory(dir)─> platter     names as of the directory's last sync
 *                     create, rename, remove
 *
 * What it models: the kill of a process keeps the cache (and what the process had asked for still happens); a power loss
 * (`powerLoss`) drops it together with all requests under way; rename is atomic, and like a new name it survives a power
 * loss only after the directory was synced; short reads; reads that block their caller; bits that rot as soon
 * as they are written (all of a file shares them, caches too), sectors that cannot be read from then on, appends for which there is no room, appends whose bytes go to another
 * place on the disk and leave zeros in their own, and stalls. Requests of one process take effect in order; a blocking read sees those
 * that have taken effect, and waits for none.
 *
 * A cache may be written back before it is synced: then a power loss leaves some of what was not synced, too. Of a file all of it, its
 * first sectors, or all but one sector; of names the first changes, as a journal of the file system keeps them. And a sync may fail: what it
 * should have written counts as written from then on, so that the next one finds nothing to do and says so, and a power loss
 * leaves zeros in its place (Rebello et al., "Can applications recover from fsync failures?", 2020).
 *
 * What it leaves out: room that comes back, writing in the middle, and directories as things of their own (one exists while it
 * has files).
 */
import { assert, IoError } from '../../core/errors.ts';
import type { Disk } from '../../core/ports.ts';
import type { Pending } from '../../core/waiting.ts';
import type { Kernel, SimProcess, Stream, WorldContext } from '../kernel/types.ts';
import { DiskFile, SECTOR_BYTES } from './disk-file.ts';
import { Lines } from './line.ts';
import type { Call, Line } from './line.ts';

/** How long requests take, and how often a read is short. */
export interface DiskConfig {
  readonly diskLatencyUs: number;
  readonly diskJitterUs: number;
  /** Share of reads that return fewer bytes than asked for and there. */
  readonly diskShortReadPer1000: number;
  readonly diskReadErrorPpm: number;
  readonly diskBitRotPer1000: number;
  readonly diskFullPer1000: number;
  readonly diskMisdirectedPer1000: number;
  /** Share of failed syncs. */
  readonly diskSyncFailPer1000: number;
  /** Share of files, and of directories' changes, of which a power loss leaves something that was not synced. */
  readonly diskWrittenBackPer1000: number;
  readonly diskStallPpm: number;
  readonly diskStallMs: number;
}

const PPM = 1_000_000;

/** The draws of what a disk does wrong; one that is not asked for has none. 0 is calm in each. */
interface Wrong {
  readonly readError: Stream | undefined;
  readonly bitRot: Stream | undefined;
  readonly full: Stream | undefined;
  readonly misdirected: Stream | undefined;
  readonly syncFail: Stream | undefined;
  readonly writtenBack: Stream | undefined;
  readonly stall: Stream | undefined;
}

/** What a disk does wrong, for those who watch. */
export type DiskFault =
  | 'read-error'
  | 'bit-rot'
  | 'no-room'
  | 'misdirected'
  | 'stall'
  | 'short-read'
  | 'sync-failed'
  /** A power loss has left something that was not synced. */
  | 'written-back'
  /** A power loss has left zeros where a sync had said that it had written. */
  | 'sync-lied';

/** A change of names that is not synced yet. A rename is one change of two names. */
type NameChange = readonly (readonly [path: string, file: DiskFile | undefined])[];

export class SimDisk {
  readonly #faulty: (what: DiskFault, path: string | undefined) => void;
  readonly #kernel: Kernel;
  readonly #lines: Lines;
  readonly #config: DiskConfig;
  readonly #shortRead: Stream | undefined;
  readonly #wrong: Wrong;
  #healed = false;
  readonly #names = new Map<string, DiskFile>();
  readonly #durableNames = new Map<string, DiskFile>();
  /** In order; kept only where some of them may survive a power loss. */
  #nameChanges: NameChange[] = [];
  #powerLosses = 0;

  constructor(
    context: WorldContext,
    config: DiskConfig,
    hostName: string,
    faulty: (what: DiskFault, path: string | undefined) => void = () => undefined,
  ) {
    this.#faulty = faulty;
    this.#kernel = context.kernel;
    this.#config = config;
    const stream = (share: number, what: string): Stream | undefined =>
      share > 0 ? context.choices.stream(`disk@${hostName}/${what}`) : undefined;
    this.#shortRead = stream(config.diskShortReadPer1000, 'short-read');
    this.#wrong = {
      readError: stream(config.diskReadErrorPpm, 'read-error'),
      bitRot: stream(config.diskBitRotPer1000, 'bit-rot'),
      full: stream(config.diskFullPer1000, 'full'),
      misdirected: stream(config.diskMisdirectedPer1000, 'misdirected'),
      syncFail: stream(config.diskSyncFailPer1000, 'sync-fail'),
      writtenBack: stream(config.diskWrittenBackPer1000, 'written-back'),
      stall: stream(config.diskStallPpm, 'stall'),
    };
    this.#lines = new Lines(context, 'disk', {
      latencyUs: config.diskLatencyUs,
      jitterUs: config.diskJitterUs,
      lostReplyPer1000: 0,
    });
  }

  door(process: SimProcess): Disk {
    return new Door(this, this.#kernel, this.#lines.line(process, true));
  }

  /** The end of chaos: what has rotted stays so; nothing else goes wrong any more. */
  heal(): void {
    this.#healed = true;
  }

  /** For the doors: how much longer than usual the next request takes. */
  stallUs(): number {
    return this.#goesWrong('stall', this.#wrong.stall, this.#config.diskStallPpm, PPM)
      ? this.#config.diskStallMs * 1_000
      : 0;
  }

  /** A fault: the host goes dark. Its processes are to be killed by the caller, before. */
  powerLoss(): void {
    this.#powerLosses += 1;
    this.#writeBackNames();
    this.#names.clear();
    for (const [path, file] of this.#durableNames) {
      this.#losePower(file);
      this.#names.set(path, file);
    }
  }

  /** Counts the power losses: a request from before one never takes effect. For the doors, as all below. */
  get powerLosses(): number {
    return this.#powerLosses;
  }

  read(path: string, at: number, length: number): Uint8Array {
    const file = this.#file(path);
    const bytes = file.read(at, length);
    const fails = this.#goesWrong('read-error', this.#wrong.readError, this.#config.diskReadErrorPpm, PPM, path);
    if (fails) file.fail(at);
    if (!file.isReadable(at, Math.min(length, bytes.length))) {
      // Of one that was met before it is told again, since somebody else may meet it now.
      if (!fails) this.#faulty('read-error', path);
      throw new IoError(`read of ${path} at byte ${at}: input/output error`);
    }
    const draws = this.#shortRead;
    if (draws === undefined || bytes.length < 2 || !draws.chance(this.#config.diskShortReadPer1000)) return bytes;
    this.#faulty('short-read', path);
    return bytes.subarray(0, bytes.length - 1 - draws.below(bytes.length - 1));
  }

  append(path: string, bytes: Uint8Array): void {
    if (this.#goesWrong('no-room', this.#wrong.full, this.#config.diskFullPer1000, 1_000, path)) {
      throw new IoError(`append to ${path}: no space left on the device`);
    }
    const file = this.#names.get(path) ?? this.#created(path);
    const { bitRot } = this.#wrong;
    const rots = bytes.length > 0 && this.#goesWrong('bit-rot', bitRot, this.#config.diskBitRotPer1000, 1_000);
    if (
      bytes.length > 0 &&
      this.#goesWrong('misdirected', this.#wrong.misdirected, this.#config.diskMisdirectedPer1000, 1_000)
    ) {
      file.append(new Uint8Array(bytes.length));
      this.#misdirect(bytes);
      return;
    }
    file.append(rots ? withOtherBit(bytes, bitRot?.below(8 * bytes.length) ?? 0) : bytes);
  }

  sync(path: string): void {
    const file = this.#file(path);
    if (
      file.unsynced > 0 &&
      this.#goesWrong('sync-failed', this.#wrong.syncFail, this.#config.diskSyncFailPer1000, 1_000, path)
    ) {
      file.giveUp();
      throw new IoError(`sync of ${path}: input/output error`);
    }
    file.sync();
  }

  syncDirectory(directory: string): void {
    for (const path of [...this.#durableNames.keys()]) if (isIn(directory, path)) this.#durableNames.delete(path);
    for (const [path, file] of this.#names) if (isIn(directory, path)) this.#durableNames.set(path, file);
    this.#nameChanges = this.#nameChanges.filter((change) => !change.some(([path]) => isIn(directory, path)));
  }

  rename(from: string, to: string): void {
    const file = this.#file(from);
    this.#names.delete(from);
    this.#names.set(to, file);
    this.#renamed([
      [from, undefined],
      [to, file],
    ]);
  }

  remove(path: string): void {
    this.#file(path);
    this.#names.delete(path);
    this.#renamed([[path, undefined]]);
  }

  /** Names within the directory, without its own, sorted by code units. */
  list(directory: string): readonly string[] {
    const paths = [...this.#names.keys()].filter((path) => isIn(directory, path));
    return paths.map((path) => path.slice(path.lastIndexOf('/') + 1)).sort((a, b) => (a < b ? -1 : 1));
  }

  /** Every path, sorted by code units. */
  paths(): readonly string[] {
    return [...this.#names.keys()].sort((a, b) => (a < b ? -1 : 1));
  }

  #created(path: string): DiskFile {
    const file = new DiskFile();
    this.#names.set(path, file);
    this.#renamed([[path, file]]);
    return file;
  }

  #renamed(change: NameChange): void {
    if (this.#wrong.writtenBack !== undefined) this.#nameChanges.push(change);
  }

  /** Some of the changes of names were written before the power was lost: the first ones, since they are in a journal. */
  #writeBackNames(): void {
    const changes = this.#nameChanges;
    this.#nameChanges = [];
    const draws = this.#wrong.writtenBack;
    if (draws === undefined || changes.length === 0) return;
    if (!this.#goesWrong('written-back', draws, this.#config.diskWrittenBackPer1000, 1_000)) return;
    for (const change of changes.slice(0, 1 + draws.below(changes.length))) {
      for (const [path, file] of change) {
        if (file === undefined) this.#durableNames.delete(path);
        else this.#durableNames.set(path, file);
      }
    }
  }

  #losePower(file: DiskFile): void {
    if (file.loseGivenUp()) this.#faulty('sync-lied', undefined);
    const draws = this.#wrong.writtenBack;
    const isLeft =
      file.unsynced > 0 && this.#goesWrong('written-back', draws, this.#config.diskWrittenBackPer1000, 1_000);
    if (draws === undefined || !isLeft) {
      file.dropUnsynced(0);
      return;
    }
    const sectors = Math.ceil(file.unsynced / SECTOR_BYTES);
    const first = draws.below(3);
    if (first === 0) file.dropUnsynced(file.unsynced);
    else if (first === 1) file.dropUnsynced(SECTOR_BYTES * draws.below(sectors));
    else file.dropSector(draws.below(sectors));
    file.sync();
  }

  /** The bytes take the place of what some file has somewhere, perhaps of the very zeros that stand for them. */
  #misdirect(bytes: Uint8Array): void {
    const draws = this.#wrong.misdirected;
    const files = [...this.#names.values()].filter(({ length }) => length > 0);
    const victim = files[draws?.below(files.length) ?? 0];
    victim?.overwrite(draws?.below(victim.length) ?? 0, bytes);
  }

  /** One draw of those that are asked for; the last value goes wrong, so that 0 is calm. */
  #goesWrong(what: DiskFault, draws: Stream | undefined, share: number, of: number, path?: string): boolean {
    if (draws === undefined || this.#healed || draws.below(of) < of - share) return false;
    this.#faulty(what, path);
    return true;
  }

  #file(path: string): DiskFile {
    const file = this.#names.get(path);
    if (file === undefined) throw new IoError(`no such file: ${path}`);
    return file;
  }
}

function withOtherBit(bytes: Uint8Array, bit: number): Uint8Array {
  const rotten = bytes.slice();
  rotten[bit >>> 3] = (rotten[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
  return rotten;
}

/** `directory` without a slash at its end; '' for paths that have none. */
function isIn(directory: string, path: string): boolean {
  return Math.max(path.lastIndexOf('/'), 0) === directory.length && path.startsWith(directory);
}

class Door implements Disk {
  readonly #disk: SimDisk;
  readonly #kernel: Kernel;
  readonly #line: Line;

  constructor(disk: SimDisk, kernel: Kernel, line: Line) {
    this.#disk = disk;
    this.#kernel = kernel;
    this.#line = line;
  }

  read(path: string, at: number, length: number): Pending<Uint8Array> {
    this.#line.process.portCall('disk.read');
    assert(at >= 0 && length >= 0, () => `read of ${length} bytes at ${at} of ${path}`);
    return this.#request(
      () => `read of ${path}`,
      () => this.#disk.read(path, at, length),
    );
  }

  readNow(path: string, at: number, length: number): Uint8Array {
    this.#line.process.portCall('disk.readNow');
    assert(at >= 0 && length >= 0, () => `read of ${length} bytes at ${at} of ${path}`);
    // Nothing else of it goes to the kernel: no event, no answer.
    this.#kernel.fold(at);
    this.#kernel.fold(length);
    this.#line.block(this.#disk.stallUs());
    return this.#disk.read(path, at, length);
  }

  append(path: string, bytes: Uint8Array): Pending<void> {
    this.#line.process.portCall('disk.append');
    this.#kernel.foldBytes(bytes);
    return this.#request(
      () => `append to ${path}`,
      () => this.#disk.append(path, bytes),
    );
  }

  sync(path: string): Pending<void> {
    this.#line.process.portCall('disk.sync');
    return this.#request(
      () => `sync of ${path}`,
      () => this.#disk.sync(path),
    );
  }

  syncDirectory(path: string): Pending<void> {
    this.#line.process.portCall('disk.syncDirectory');
    return this.#request(
      () => `sync of directory ${path}`,
      () => this.#disk.syncDirectory(path),
    );
  }

  rename(from: string, to: string): Pending<void> {
    this.#line.process.portCall('disk.rename');
    return this.#request(
      () => `rename of ${from} to ${to}`,
      () => this.#disk.rename(from, to),
    );
  }

  remove(path: string): Pending<void> {
    this.#line.process.portCall('disk.remove');
    return this.#request(
      () => `removal of ${path}`,
      () => this.#disk.remove(path),
    );
  }

  list(directory: string): Pending<readonly string[]> {
    this.#line.process.portCall('disk.list');
    return this.#request(
      () => `list of ${directory}`,
      () => this.#disk.list(directory),
    );
  }

  /** A request from before a power loss has no effect and no answer: its process is dead. */
  #request<T>(what: () => string, effect: () => T): Pending<T> {
    const { powerLosses } = this.#disk;
    const take = (call: Call<T>): void => {
      if (this.#disk.powerLosses === powerLosses) call.answer(effect());
    };
    return this.#line.ask(what, take, this.#disk.stallUs());
  }
}
