/**
 * The lsm backend, on a disk in memory: accesses by the memory that it has, beside the heap backend and a plain `Map`; what is read
 * and written behind an access; what a checkpoint uploads, by the keys that have changed and by the keys that there are. What is
 * counted, and not timed, is the same on every machine.
 */
import { compare, type Pace, QUICK, FULL, taskResult } from '../rounds.ts';
import type { Row } from '../row.ts';
import { type Memory, MEMORY_NAMES, ROW_ACCESSES, ROW_BYTES, ROW_KEYS, ROW_PLACES } from '../states/rows.ts';
import { logLogSlope, mean, median } from '../statistics.ts';
import type { Uploads } from './lsm-uploads-task.ts';
import type { Work } from './lsm-work-task.ts';
import { against, rateRow, ratioRow } from './ratio-row.ts';

/** So many that the least memory is one that a configuration may give. */
const QUICK_ROW_KEYS = 5_000;
/** Of all keys, between two checkpoints. */
const CHANGED_SHARE = 0.01;
/** Keys that change between two checkpoints of a state that grows, and the memory that it has at all sizes. */
const CHANGED_KEYS = 100;
const GROWING_MEMORY_BYTES = 64 * 1_024;
const SIZES = [1_000, 10_000, 100_000] as const;
const QUICK_SIZES = [1_000, 10_000] as const;
const CHECKPOINTS = 256;
const QUICK_CHECKPOINTS = 16;

export async function lsmRows(quick: boolean): Promise<readonly Row[]> {
  return [
    ...(await accessRows(quick ? QUICK : FULL)),
    ...(await workRows(quick)),
    ...(await changedShareRows(quick)),
    ...(await growingRows(quick)),
  ];
}

async function accessRows(pace: Pace): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const accesses of ROW_ACCESSES) {
    const of = (place: string): string => `rows/${place}/${accesses}`;
    const times = await compare({ same: ROW_PLACES.map(of) }, pace);
    rows.push(
      ratioRow(`heap / plain Map, ${accesses}`, times, of('heap'), of('plain'), {
        note: against(times, of('heap'), of('plain')),
      }),
    );
    for (const memory of MEMORY_NAMES) {
      rows.push(
        rateRow(`accesses, lsm, ${accesses}, ${memory}`, times, of(memory)),
        ratioRow(`lsm / plain Map, ${accesses}, ${memory}`, times, of(memory), of('plain'), {
          note: against(times, of(memory), of('plain')),
        }),
        ratioRow(`lsm / heap, ${accesses}, ${memory}`, times, of(memory), of('heap'), {
          note: against(times, of(memory), of('heap')),
        }),
      );
    }
  }
  return rows;
}

/** What the disk does for accesses: counted. */
async function workRows(quick: boolean): Promise<readonly Row[]> {
  const keys = quick ? QUICK_ROW_KEYS : ROW_KEYS;
  const rows: Row[] = [];
  for (const memory of MEMORY_NAMES) {
    const { readsPerAccess, amplification, memoryBytes } = await workOf(memory, keys);
    const note = `${keys} rows of ${ROW_BYTES} bytes, ${kilobytes(memoryBytes)} of memory`;
    rows.push(
      { what: `blocks from the disk for a read, ${memory}`, value: readsPerAccess, unit: '', note },
      {
        what: `write amplification, ${memory}`,
        value: amplification,
        unit: 'x',
        note: `bytes to the disk / bytes of keys and rows, over ${2 * keys} updates`,
      },
    );
  }
  return rows;
}

function workOf(memory: Memory, keys: number): Promise<Work> {
  return taskResult<Work>('lsm-work', [memory, String(keys)]);
}

/** One key in a hundred changes between two checkpoints. */
async function changedShareRows(quick: boolean): Promise<readonly Row[]> {
  const keys = quick ? QUICK_ROW_KEYS : ROW_KEYS;
  const changed = Math.round(CHANGED_SHARE * keys);
  const memoryBytes = Math.round((keys * ROW_BYTES) / 10);
  const { incremental, full } = await uploadsOf(keys, memoryBytes, changed, quick);
  const whole = mean(full.bytes);
  return [
    {
      what: 'bytes of an incremental checkpoint / a full one, 1 % of the keys changed',
      value: (100 * mean(incremental.bytes)) / whole,
      unit: '%',
      note: `the mean of ${incremental.bytes.length}, merged runs that are uploaded again with it; ${kilobytes(mean(incremental.bytes))} against ${kilobytes(whole)}`,
    },
    {
      what: 'the same, the median checkpoint',
      value: (100 * median(incremental.bytes)) / whole,
      unit: '%',
    },
    {
      what: 'the same, the largest checkpoint',
      value: (100 * Math.max(...incremental.bytes)) / whole,
      unit: '%',
    },
  ];
}

/** As many keys change, of more and more. */
async function growingRows(quick: boolean): Promise<readonly Row[]> {
  const sizes: readonly number[] = quick ? QUICK_SIZES : SIZES;
  const rows: Row[] = [];
  const uploads: Uploads[] = [];
  for (const keys of sizes) {
    const { incremental, full } = await uploadsOf(keys, GROWING_MEMORY_BYTES, CHANGED_KEYS, quick);
    uploads.push({ incremental, full });
    rows.push({
      what: `bytes of an incremental checkpoint, ${CHANGED_KEYS} of ${keys} keys changed`,
      value: mean(incremental.bytes) / 1_024,
      unit: 'kB',
      note:
        `median ${kilobytes(median(incremental.bytes))}, largest ${kilobytes(Math.max(...incremental.bytes))}; ` +
        `a full one ${kilobytes(mean(full.bytes))}; in ${median(incremental.ms).toFixed(2)} against ${median(full.ms).toFixed(2)} ms`,
    });
  }
  const row = (what: string, of: (uploads: Uploads) => number): Row => ({
    what: `slope, keys ${sizes[0]!} to ${sizes.at(-1)!}, ${what}`,
    value: logLogSlope(sizes.map((keys, at) => [keys, of(uploads[at]!)] as const)),
    unit: '',
  });
  rows.push(
    row('bytes of an incremental checkpoint, mean', ({ incremental }) => mean(incremental.bytes)),
    row('bytes of an incremental checkpoint, median', ({ incremental }) => median(incremental.bytes)),
    row('bytes of a full checkpoint', ({ full }) => mean(full.bytes)),
    row('time of an incremental checkpoint, median', ({ incremental }) => median(incremental.ms)),
    row('time of a full checkpoint, median', ({ full }) => median(full.ms)),
  );
  return rows;
}

function uploadsOf(keys: number, memoryBytes: number, changed: number, quick: boolean): Promise<Uploads> {
  const checkpoints = quick ? QUICK_CHECKPOINTS : CHECKPOINTS;
  return taskResult<Uploads>('lsm-uploads', [keys, memoryBytes, changed, checkpoints].map(String));
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1_024).toFixed(bytes < 102_400 ? 1 : 0)} kB`;
}
