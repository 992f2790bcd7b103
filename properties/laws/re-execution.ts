/**
 * Re-execution: the engine does what the reference model of each logical instance does.
 *
 * Verified turn by turn, for every logical instance along its effective history: the sends (per edge, in order, value and
 * timestamp, one per receiver of a broadcast), the sink writes, that the model reads exactly the tape that the turn read,
 * the event time of a source record. Verified for every image, from its bytes: every (state, key, namespace) -> value and
 * every timer of every key group, and nothing else; the generator state of every split; that a subtask is said to have
 * finished iff it had, and then has no state. A vertex that restores as finished makes no turns.
 * Verified of the facts: no effect outside a turn, every turn ends before the next one of its task begins, every task has
 * taken a snapshot of a checkpoint that is complete, or had finished, and has left out what had expired of each state that it
 * has asked for with clean-up in snapshots; what is dropped in a compaction was there, and had expired. What cannot be decoded is a violation.
 * Not verified: the order of sends across edges; timers that fire (law `timers`), panes and lateness (laws
 * `pane-legality`, `event-time-conservation`), floors in the image (law `watermark-floor`), pending transactions (law
 * `transactions`): each has a law that says more. Once an instance has diverged, its later turns are not compared.
 */
import { sameValue } from '../model/equal.ts';
import type { Instance } from '../witness/instance.ts';
import type { TaskRecord } from '../witness/task.ts';
import type { JudgedTurn } from '../witness/turn.ts';
import type { Witness } from '../witness/witness.ts';
import { type Compared, defineLaw, edgeName, type Report } from './define.ts';
import { note, show } from './evidence.ts';
import { judgeImage } from './re-execution-image.ts';
import { describe } from './turn-evidence.ts';

const ANOMALIES = [
  'sends',
  'sink-writes',
  'requests',
  'tape',
  'threw',
  'event-time',
  'state',
  'stored-timers',
  'generator-state',
  'stray-effect',
  'unfinished-turn',
  'snapshot-missing',
  'clean-up',
  'finished',
  'header',
  'undecodable',
] as const;
type Anomaly = (typeof ANOMALIES)[number];

export const reExecution = defineLaw({
  name: 're-execution',
  states: 'The model, fed the engine’s own turns, makes the same sends and has the same state at every cut.',
  compares: 'turns, and images of checkpoints',
  anomalies: ANOMALIES,
  judge: (witness, report, compared) => ({
    irregular(task, anomaly, what) {
      report(anomaly, task.vertex.uid, `${task.name}: ${what}`, [note.value('attempt', task.id.attempt)]);
    },
    taskFailed({ task, fault }, modelled) {
      if (fault === undefined || modelled === undefined) return;
      compared();
      if (modelled.threw) return;
      report(
        'threw',
        task.vertex,
        `${fault.message}; given the same input and the state of its history, it does not on the model`,
        [
          note.text('task', `${task.vertex}[${task.subtask}] attempt ${task.attempt}`),
          ...(fault.record === undefined ? [] : [note.text('record', fault.record)]),
        ],
      );
    },
    turn(turn) {
      compared();
      if (turn.task.finishedOnRestore) {
        report(
          'stray-effect',
          turn.task.vertex.uid,
          `${turn.task.name} had finished in the restored checkpoint, yet runs`,
          describe(turn),
        );
      }
      const same =
        judgeTape(report, turn) &&
        judgeSends(witness, report, turn) &&
        judgeWrites(report, turn) &&
        judgeRequests(report, turn);
      const hasState = turn.keyGroup !== undefined || turn.instance.broadcast !== undefined;
      if (!same && hasState) turn.instance.diverged = true;
      if (turn.source !== undefined && turn.source.timestamp !== turn.sourceTimestamp) {
        report(
          'event-time',
          turn.task.vertex.uid,
          `${turn.task.name} gave a record another event time than the job's timestamp function`,
          [
            note.text('record', `${turn.source.split}@${turn.source.offset}: ${show(turn.source.value)}`),
            note.value('expected', turn.sourceTimestamp),
            note.value('actual', turn.source.timestamp),
          ],
        );
      }
    },
    snapshotTaken(task, { checkpoint }) {
      judgeCleanUp(report, compared, task, checkpoint);
    },
    stateDropped(task, { state, key, mapKey, now }, wasExpired) {
      if (wasExpired !== undefined) compared();
      if (wasExpired !== false) return;
      report(
        'clean-up',
        task.vertex.uid,
        `${task.name} dropped something of state ${state} behind its turns that was not there, or had not expired`,
        [
          note.value('key', key),
          ...(mapKey === undefined ? [] : [note.value('map key', mapKey)]),
          note.value('by the time', now),
        ],
      );
    },
    listUndecodable(why) {
      report('undecodable', 'ha-store', 'the list of completed checkpoints cannot be read', [note.text('why', why)]);
    },
    imaged(completed) {
      judgeImage(witness, report, compared, completed);
    },
  }),
});

// ---- turns

function judgeTape(report: Report<Anomaly>, turn: JudgedTurn): boolean {
  const { mismatch } = turn.expected;
  if (mismatch === undefined) return true;
  report('tape', turn.task.vertex.uid, `the model of ${turn.task.vertex.uid} cannot repeat a turn: ${mismatch}`, [
    ...describe(turn),
    note.value('clock reads', turn.effects.clock),
    note.value('random draws', turn.effects.random),
  ]);
  return false;
}

function judgeSends(witness: Witness, report: Report<Anomaly>, turn: JudgedTurn): boolean {
  const { sends } = turn.effects;
  const expected = turn.expected.sends;
  if (sends.length === 0 && expected.length === 0) return true;
  const edges = turn.task.vertex.model.outEdges;
  let compared = 0;
  for (const edge of edges) {
    const copies = copiesOn(witness, edge);
    let at = -1;
    for (const due of expected) {
      if (due.edge !== edge) continue;
      for (let copy = 0; copy < copies; copy++) {
        at = nextOn(sends, edge, at + 1);
        const done = sends[at];
        if (!sameSend(due, done)) return different(witness, report, turn, edge, due, done);
        compared++;
      }
    }
    const surplus = sends[nextOn(sends, edge, at + 1)];
    if (surplus !== undefined) return different(witness, report, turn, edge, undefined, surplus);
  }
  const elsewhere = compared === sends.length ? undefined : sentElsewhere(sends, edges);
  return elsewhere === undefined || different(witness, report, turn, elsewhere.channel.edge, undefined, elsewhere);
}

function sentElsewhere(sends: JudgedTurn['effects']['sends'], edges: readonly number[]) {
  return sends.find((send) => !edges.includes(send.channel.edge));
}

/** A broadcast is one send of the model and one of the engine per receiver. */
function copiesOn(witness: Witness, edge: number): number {
  if (witness.model.job.edges[edge]?.partition.kind !== 'broadcast') return 1;
  return witness.vertices.get(witness.model.receiver(edge).uid)?.parallelism ?? 1;
}

/** Index of the first send on an edge from `from` on; the length of the list if there is none. */
function nextOn(sends: JudgedTurn['effects']['sends'], edge: number, from: number): number {
  let at = from;
  while (at < sends.length && sends[at]?.channel.edge !== edge) at++;
  return at;
}

type Send = { readonly value: unknown; readonly timestamp: number | undefined } | undefined;

function sameSend(a: Send, b: Send): boolean {
  return a !== undefined && b !== undefined && a.timestamp === b.timestamp && sameValue(a.value, b.value);
}

function different(
  witness: Witness,
  report: Report<Anomaly>,
  turn: JudgedTurn,
  edge: number,
  expected: Send,
  actual: Send,
): false {
  const text = (send: Send): string =>
    send === undefined ? 'nothing' : `${show(send.value)} @ ${show(send.timestamp)}`;
  report('sends', edgeName(witness, edge), `${turn.task.name} sent something else than the model`, [
    ...describe(turn),
    note.text('expected', text(expected)),
    note.text('actual', text(actual)),
  ]);
  return false;
}

function judgeWrites(report: Report<Anomaly>, turn: JudgedTurn): boolean {
  const { writes } = turn.effects;
  const expected = turn.expected.sinkWrites;
  if (writes.length === 0 && expected.length === 0) return true;
  const write = writes[0];
  const dueWrite = expected[0];
  if (
    writes.length === 1 &&
    expected.length === 1 &&
    write?.sink === dueWrite?.sink &&
    sameValue(write?.value, dueWrite?.value)
  ) {
    return true;
  }
  return judgeWritesBySink(report, turn);
}

/** Sinks are independent of each other; within one, order counts. */
function judgeWritesBySink(report: Report<Anomaly>, turn: JudgedTurn): boolean {
  const { writes } = turn.effects;
  const expected = turn.expected.sinkWrites;
  for (const sink of new Set([...turn.task.vertex.model.sinks, ...writes.map((one) => one.sink)])) {
    const due = expected.filter((one) => one.sink === sink);
    const done = writes.filter((one) => one.sink === sink);
    for (let i = 0; i < Math.max(due.length, done.length); i++) {
      if (due[i] !== undefined && done[i] !== undefined && sameValue(due[i]?.value, done[i]?.value)) continue;
      report('sink-writes', sink, `${turn.task.name} wrote something else to ${sink} than the model`, [
        ...describe(turn),
        note.value('expected', due[i]?.value),
        note.value('actual', done[i]?.value),
      ]);
      return false;
    }
  }
  return true;
}

function judgeRequests(report: Report<Anomaly>, turn: JudgedTurn): boolean {
  const { requests } = turn.effects;
  const due = turn.expected.requests;
  if (requests.length === 0 && due.length === 0) return true;
  const done = requests.map(({ element, request }) => ({ element, request }));
  if (sameValue(done, due)) return true;
  report('requests', turn.task.vertex.uid, `${turn.task.name} asked something else than the model`, [
    ...describe(turn),
    note.value('expected', due),
    note.value('actual', done),
  ]);
  return false;
}

/** What is left out is judged by the image. */
function judgeCleanUp(report: Report<Anomaly>, compared: Compared, task: TaskRecord, checkpoint: number): void {
  const { vertex, place, sieved, firstGroup, lastGroup } = task;
  let first: Instance | undefined;
  for (let group = firstGroup; group <= lastGroup; group++) {
    const own = vertex.groups[group];
    if (own?.diverged === true) return;
    first ??= own;
  }
  const due = first?.model?.toSieve(place) ?? [];
  if (due.length === 0) return;
  compared();
  const forgotten = due.filter(({ state }) => sieved?.states.some((done) => done.state === state) !== true);
  if (forgotten.length === 0) return;
  report('clean-up', vertex.uid, `${task.name} keeps in checkpoint ${checkpoint} what has expired, which it must not`, [
    note.values(
      'states with clean-up in full snapshots',
      forgotten.map(({ state, ttlMs }) => `${state}: ${ttlMs} ms`),
    ),
  ]);
}
