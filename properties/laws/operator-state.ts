/**
 * Lists of operators without key: what a checkpoint holds of them, and that a restore gives all of it out.
 *
 * Verified at each completed checkpoint and savepoint, from the image's bytes: each subtask that has not finished holds the
 * items that the model of it holds at the cut, in order, under the same mode; a vertex without lists holds none.
 * Verified at each restore, for any two parallelisms, against the bytes of the restored image and without the model: what all
 * subtasks of a vertex are given of a split list is together what the image holds, no item less or more; of a union list each
 * subtask is given everything, in order of the old subtasks. To which subtask an item goes is the model's to say: the first
 * clause of the next checkpoint, and law `re-execution` for what the function does with it.
 * Not verified: lists of a vertex all of whose subtasks had finished, of which nothing is left.
 */
import type { OperatorStateContent } from '../../core/state/operator/operator-state.ts';
import { canonical, sameValue } from '../model/equal.ts';
import type { OwnedList } from '../model/operator-state.ts';
import type { CompletedCheckpoint } from '../witness/checkpoints.ts';
import type { TaskRecord } from '../witness/task.ts';
import { type Compared, defineLaw, NO_CHECKPOINTS, type Report } from './define.ts';
import { note } from './evidence.ts';

const ANOMALIES = ['missing', 'stray', 'content', 'lost', 'doubled', 'union-incomplete'] as const;
type Anomaly = (typeof ANOMALIES)[number];
type Lists = readonly OperatorStateContent[];
/** By vertex: the lists of each old subtask. */
type Images = ReadonlyMap<string, readonly Lists[]>;

export const operatorState = defineLaw({
  name: 'operator-state',
  states:
    'List state is that of the model in every checkpoint; a restore loses and doubles no item, a union is complete.',
  compares: 'list state in checkpoints and at restores',
  anomalies: ANOMALIES,
  notInBatch: NO_CHECKPOINTS,
  judge(_witness, report, compared) {
    /** Of the newest image of each id: ids rise, and a restore takes one of the last. */
    const images = new Map<number, Images>();
    let restored: Images | undefined;
    /** What the subtasks of a vertex were given, by subtask; judged once all of them have opened. */
    const given = new Map<string, Map<number, Lists>>();
    const opened = new Map<string, Set<number>>();
    return {
      imaged(completed) {
        judgeImage(report, compared, completed);
        if ('undecodable' in completed.image) return;
        const { checkpoint, vertices } = completed.image;
        const ofVertices = vertices.map(
          ({ uid, subtasks }) => [uid, subtasks.map((one) => one.operatorState)] as const,
        );
        images.set(checkpoint, new Map(ofVertices));
      },
      attemptStarting({ restoredFrom }) {
        restored = restoredFrom === undefined ? undefined : images.get(restoredFrom);
        for (const checkpoint of images.keys()) if (checkpoint < (restoredFrom ?? 0)) images.delete(checkpoint);
        given.clear();
        opened.clear();
      },
      operatorStateRestored({ vertex, subtask }, { states }) {
        const own = given.get(vertex.uid) ?? new Map<number, Lists>();
        given.set(vertex.uid, own.set(subtask, states));
      },
      taskOpened(task) {
        const { uid, parallelism } = task.vertex;
        const before = restored?.get(uid);
        if (before === undefined || task.finishedOnRestore) return;
        const open = opened.get(uid) ?? new Set<number>();
        opened.set(uid, open.add(task.subtask));
        if (open.size === parallelism)
          judgeRestore(report, compared, task, before, given.get(uid) ?? new Map<number, Lists>());
      },
    };
  },
});

// ---- images

function judgeImage(report: Report<Anomaly>, compared: Compared, { image, cut, missing }: CompletedCheckpoint): void {
  if ('undecodable' in image || cut === undefined || missing.length > 0) return;
  for (const { uid, subtasks } of image.vertices) {
    const instances = cut.vertices.get(uid)?.broadcast ?? [];
    for (const [subtask, { operatorState: actual, finished }] of subtasks.entries()) {
      const instance = instances[subtask];
      if (finished || instance?.diverged === true) continue;
      judgeLists(
        report,
        compared,
        `checkpoint ${image.checkpoint}`,
        uid,
        subtask,
        instance?.broadcast?.lists() ?? [],
        actual,
      );
    }
  }
}

function judgeLists(
  report: Report<Anomaly>,
  compared: Compared,
  checkpoint: string,
  uid: string,
  subtask: number,
  expected: readonly OwnedList[],
  actual: Lists,
): void {
  const name = `${uid}[${subtask}]`;
  for (const { state, mode, items } of expected) {
    const held = actual.find((list) => list.state === state);
    // Of most subtasks there is nothing, in the bytes and in the model.
    if (held !== undefined && (held.items.length > 0 || items.length > 0)) compared();
    if (held === undefined && items.length > 0)
      report('missing', uid, `${checkpoint} holds no state "${state}" of ${name}`, [note.values('expected', items)]);
    if (held === undefined || (held.mode === mode && sameValue(held.items, items))) continue;
    report('content', uid, `${checkpoint} holds another state "${state}" of ${name} than the model at the cut`, [
      note.values(`expected (${mode})`, items),
      note.values(`actual (${held.mode})`, held.items),
    ]);
  }
  for (const { state, items } of actual) {
    if (items.length === 0 || expected.some((list) => list.state === state)) continue;
    report('stray', uid, `${checkpoint} holds a state "${state}" of ${name}, which has none of that name`, [
      note.values('actual', items),
    ]);
  }
}

// ---- restores

function judgeRestore(
  report: Report<Anomaly>,
  compared: Compared,
  { vertex: { uid, parallelism } }: TaskRecord,
  before: readonly Lists[],
  given: ReadonlyMap<number, Lists>,
): void {
  const all = before.flat();
  for (const state of new Set(all.map((list) => list.state))) {
    const parts = all.filter((list) => list.state === state);
    const items = parts.flatMap((list) => list.items);
    if (items.length > 0) compared();
    const own = (subtask: number): readonly unknown[] =>
      given.get(subtask)?.find((list) => list.state === state)?.items ?? [];
    const subtasks = Array.from({ length: parallelism }, (_, subtask) => own(subtask));
    if (parts[0]?.mode === 'union') {
      const wrong = subtasks.findIndex((got) => !sameValue(got, items));
      if (wrong < 0) continue;
      report('union-incomplete', uid, `${uid}[${wrong}] was given another union list "${state}" than all had left`, [
        note.values('expected', items),
        note.values('actual', own(wrong)),
      ]);
      continue;
    }
    const lost = without(items, subtasks.flat());
    const doubled = without(subtasks.flat(), items);
    if (lost.length > 0)
      report('lost', uid, `the restore of ${uid} gives nobody some items of state "${state}"`, [
        note.values('lost', lost),
        note.values('the checkpoint held', items),
      ]);
    if (doubled.length > 0)
      report('doubled', uid, `the restore of ${uid} gives more items of state "${state}" than the checkpoint held`, [
        note.values('surplus', doubled),
        note.values('the checkpoint held', items),
      ]);
  }
}

/** The items, as often as they are there, without the others, as often as those are there. */
function without(items: readonly unknown[], others: readonly unknown[]): readonly unknown[] {
  const left = new Map<string, number>();
  for (const other of others) {
    const text = canonical(other);
    left.set(text, (left.get(text) ?? 0) + 1);
  }
  return items.filter((item) => {
    const text = canonical(item);
    const count = left.get(text) ?? 0;
    left.set(text, count - 1);
    return count <= 0;
  });
}
