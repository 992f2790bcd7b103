/** `millrace inspect`: what is in a checkpoint or savepoint, from its files alone. */
import { type CheckpointFigures, figuresOf } from '../../core/checkpoint/storage/figures.ts';
import { type CheckpointImage, readCheckpoint, readState } from '../../core/checkpoint/storage/reader.ts';
import { messageOf } from '../../core/errors.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { defaultParts } from '../../core/parts.ts';
import { showValue } from '../../core/values/show.ts';
import { subjectOf } from '../../properties/run/compose.ts';
import { cellsOf, STATE_COLUMNS, table } from '../../reports/states.ts';
import { count } from '../../reports/words.ts';
import { BadUsage, EXIT, type ExitCode } from '../exit-codes.ts';
import { type ReadCheckpoint, readCheckpointFrom } from '../kept-checkpoints.ts';
import type { Platform } from '../platform.ts';
import type { Workspace } from '../workspace.ts';

export interface InspectCommand {
  readonly workspace: Workspace;
  readonly path: string;
  /** uid/name: its values instead of everything. */
  readonly state: string | undefined;
  /** Of one key only, as JSON or as plain text. */
  readonly key: string | undefined;
  readonly json: boolean;
}

export async function inspectCommand(platform: Platform, command: InspectCommand): Promise<ExitCode> {
  const { workspace, path, state, key, json } = command;
  if (key !== undefined && state === undefined) throw new BadUsage('--key belongs to --state <uid/name>');
  const found = await readCheckpointFrom(platform, path);
  const backend = workspace.options.parts?.stateBackend ?? defaultParts.stateBackend;
  const figures = readable(found, () => figuresOf(found.metadata, found.object, backend));
  const job = jobOf(workspace, found);
  if (state !== undefined) {
    const values = readable(found, () => valuesOf(found, figures, state, backend.inspect));
    const asked = key === undefined ? values : values.filter((value) => isKey(value.key, key));
    platform.print(json ? jsonOf({ format: 1, state, values: asked }) : valuesInWords(asked, state, key));
    return EXIT.held;
  }
  const image =
    job === undefined
      ? undefined
      : readable(found, () => readCheckpoint(found.metadata, job, found.object, backend.inspect));
  platform.print(json ? jsonOf({ format: 1, ...figures, ...ofConnectors(image) }) : inWords(found, figures, image));
  return EXIT.held;
}

/** What is missing or damaged is the user's to know, not a crash. */
function readable<T>({ path }: ReadCheckpoint, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof BadUsage) throw error;
    throw new BadUsage(`${path} cannot be read: ${messageOf(error)}`);
  }
}

/** The job that took it; undefined: no scenario of that name here. */
function jobOf(workspace: Workspace, { origin }: ReadCheckpoint): JobSpec | undefined {
  const scenario = origin === undefined ? undefined : workspace.scenarios.find(origin.plan.scenario);
  if (scenario === undefined || origin === undefined) return undefined;
  return subjectOf(scenario, origin.plan, workspace.options.parts ?? defaultParts, undefined, origin.version).job;
}

// ---- values

interface Value {
  readonly key: unknown;
  /** Window or map key, if it has one. */
  readonly under: unknown;
  readonly value: unknown;
}

type Inspect = typeof defaultParts.stateBackend.inspect;

/** Throws `BadUsage` if there is no such state. */
function valuesOf(
  found: ReadCheckpoint,
  figures: CheckpointFigures,
  state: string,
  inspect: Inspect,
): readonly Value[] {
  const names = figures.states.map((figure) => `${figure.uid}/${figure.state}`);
  const named = figures.states.find((figure) => `${figure.uid}/${figure.state}` === state);
  if (named === undefined) {
    throw new BadUsage(
      `--state ${state}: ${found.path} holds nothing of it; it holds ${[...new Set(names)].join(', ') || 'no state'}`,
    );
  }
  const { uid, state: name, kind } = named;
  const isList = kind === 'split list' || kind === 'union list';
  const subtasks = found.metadata.vertices
    .filter((vertex) => isList || vertex.uid === uid)
    .flatMap((vertex) => vertex.subtasks.map((subtask) => readState(subtask, found.object, inspect)));
  if (isList) {
    const lists = subtasks.flatMap(({ operatorState }) => operatorState);
    return lists
      .filter((list) => list.operator === uid && list.state === name)
      .flatMap(({ items }) => items.map((value) => ({ key: undefined, under: undefined, value })));
  }
  if (kind === 'broadcast') {
    const copy = subtasks.find(({ broadcast }) => broadcast !== null)?.broadcast ?? [];
    return copy
      .filter((one) => one.state === name)
      .flatMap(({ entries }) => entries.map(([under, value]) => ({ key: undefined, under, value })));
  }
  return subtasks
    .flatMap(({ keyGroups }) => keyGroups)
    .flatMap(({ entries }) => entries)
    .filter((entry) => entry.state === name)
    .map(({ key, namespace, value }) => ({ key, under: namespace, value }));
}

/** By what `--key` says: the text itself, or the same in JSON. */
function isKey(key: unknown, asked: string): boolean {
  return key === asked || String(key) === asked || showValue(key) === asked || plain(key) === compact(asked);
}

function compact(text: string): string {
  try {
    return plain(JSON.parse(text));
  } catch {
    return text;
  }
}

function valuesInWords(values: readonly Value[], state: string, key: string | undefined): string {
  const of = key === undefined ? '' : ` of key ${key}`;
  if (values.length === 0) return `${state}${of}: nothing`;
  return [
    `${state}${of}: ${count(values.length)}`,
    ...values.map(({ key: one, under, value }) =>
      [
        '  ',
        one === undefined ? '' : plain(one),
        under === undefined ? '' : ` [${plain(under)}]`,
        '  ',
        plain(value),
      ].join(''),
    ),
  ].join('\n');
}

// ---- the whole

function ofConnectors(image: CheckpointImage | undefined) {
  if (image === undefined) return {};
  const subtasks = image.vertices.flatMap(({ uid, subtasks: all }) => all.map((subtask) => ({ uid, ...subtask })));
  return {
    offsets: subtasks.flatMap(({ uid, splits }) => splits.map((split) => ({ uid, ...split }))),
    unassigned: image.enumerators,
    transactions: subtasks.flatMap(({ pending }) => pending),
  };
}

function inWords(found: ReadCheckpoint, figures: CheckpointFigures, image: CheckpointImage | undefined): string {
  const { kind, checkpoint, job, attempt, parallelism, operators, states, inFlight } = figures;
  const { origin } = found;
  const { offsets = [], transactions = [] } = ofConnectors(image);
  const section = (title: string, rows: readonly (readonly string[])[]): string[] =>
    rows.length <= 1
      ? []
      : [
          '',
          title,
          ...table(rows)
            .split('\n')
            .map((line) => `  ${line}`),
        ];
  return [
    `${kind.toUpperCase()} ${checkpoint}  job ${job}, attempt ${attempt}, parallelism ${parallelism}`,
    ...(origin === undefined ? [] : [`  of scenario ${origin.plan.scenario}, version ${origin.version} of its job`]),
    ...section('operators', [
      ['uid', 'parallelism', 'key groups', 'finished', 'event timers', 'processing timers', 'splits', 'transactions'],
      ...operators.map((one) => [
        one.uid,
        `${one.parallelism} of ${one.maxParallelism}`,
        one.keyGroups.map(({ first, last }) => `${first}-${last}`).join(' '),
        count(one.finished),
        count(one.timers.event),
        count(one.timers.processing),
        count(one.splits),
        count(one.pendingTransactions),
      ]),
    ]),
    ...section('states', [
      ['state', ...STATE_COLUMNS],
      ...states.map((state) => [`${state.uid}/${state.state}`, ...cellsOf(state)]),
    ]),
    ...section('offsets', [
      ['split', 'next', 'last watermark'],
      ...offsets.map(({ uid, split, offset, lastWatermark }) => [
        `${uid} ${split}`,
        String(offset),
        String(lastWatermark),
      ]),
    ]),
    ...section('in flight', [
      ['exchange', 'channels', 'records', 'bytes'],
      ...inFlight.map(({ from, to, channels, records, bytes }) => [
        `${from} -> ${to}`,
        count(channels),
        count(records),
        count(bytes),
      ]),
    ]),
    ...section('pending transactions', [
      ['sink', 'transaction', 'checkpoint'],
      ...transactions.map(({ sink, transaction, checkpoint: of }) => [sink, transaction, String(of)]),
    ]),
    ...(image === undefined
      ? ['', 'offsets and transactions: not decoded, the scenario of its job is not known here']
      : []),
  ].join('\n');
}

// ---- JSON

/** Bytes as a list of numbers, what JSON has no number for as text. */
function plainPart(_: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function plain(value: unknown): string {
  return JSON.stringify(value, plainPart) ?? String(value);
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value, plainPart, 2);
}
