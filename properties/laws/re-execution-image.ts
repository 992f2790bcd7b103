/**
 * Law `re-execution` on the image of a checkpoint: read from its bytes, it is what the model has at the cut. What is due to be
 * left out of a snapshot is judged with its task, in `re-execution.ts`.
 */
import type { CheckpointImage } from '../../core/checkpoint/storage/reader.ts';
import type { GroupContent } from '../../core/state/backend.ts';
import { sameValue } from '../model/equal.ts';
import type { CompletedCheckpoint, ListedCheckpoint } from '../witness/checkpoints.ts';
import type { Cut } from '../witness/cut.ts';
import type { Instance } from '../witness/instance.ts';
import type { VertexCut, VertexRecord } from '../witness/vertex.ts';
import type { Witness } from '../witness/witness.ts';
import { compareGroup } from './content.ts';
import type { Compared, Report } from './define.ts';
import { because, type Evidence, note } from './evidence.ts';
import { ofOwnTypes } from './turn-evidence.ts';

type ImageAnomaly =
  'undecodable' | 'snapshot-missing' | 'header' | 'finished' | 'state' | 'stored-timers' | 'generator-state';

/** Every (state, key, namespace) -> value and every timer of every key group, and nothing else; splits; who had finished; the header. */
export function judgeImage(
  witness: Witness,
  report: Report<ImageAnomaly>,
  compared: Compared,
  { image, cut, missing, listed }: CompletedCheckpoint,
): void {
  if ('undecodable' in image) {
    report('undecodable', 'checkpoint', `the image of checkpoint ${listed.checkpoint} cannot be read`, [
      note.text('object', listed.metadata),
      note.text('why', image.undecodable),
    ]);
    return;
  }
  if (cut === undefined || missing.length > 0) {
    const first = missing[0] ?? 'no task';
    report(
      'snapshot-missing',
      first.replace(/\[\d+\]$/, ''),
      `checkpoint ${listed.checkpoint} is complete, but not every task of attempt ${listed.attempt} took a snapshot of it`,
      [note.text('without a snapshot', missing.length === 0 ? 'all tasks' : missing.join(', '))],
    );
    return;
  }
  compared();
  const difference = headerDifference(witness, image, listed, cut);
  if (difference !== undefined) {
    report(
      'header',
      'checkpoint',
      `the image of checkpoint ${listed.checkpoint} is not that of the job and the attempt that took it`,
      difference,
    );
  }
  for (const vertex of image.vertices) {
    const part = cut.vertices.get(vertex.uid);
    if (part === undefined) continue;
    judgeFinished(report, image.checkpoint, vertex, part);
    judgeGroups(witness, report, image.checkpoint, vertex, part);
    for (const { splits } of vertex.subtasks) {
      for (const state of splits) judgeSplit(report, image.checkpoint, vertex.uid, state, part.splits.get(state.split));
    }
  }
}

/** What an image says of itself: everything else that is judged of it hangs on that. */
function headerDifference(
  witness: Witness,
  image: CheckpointImage,
  listed: ListedCheckpoint,
  cut: Cut,
): Evidence | undefined {
  const { attempt } = witness;
  const kind = attempt?.number === listed.attempt ? attempt.kinds.get(listed.checkpoint) : undefined;
  let difference =
    differs('checkpoint', listed.checkpoint, image.checkpoint) ??
    differs('attempt', listed.attempt, image.attempt) ??
    differs('kind', kind ?? image.kind, image.kind) ??
    differs('operators', namesOf([...cut.vertices.keys()]), namesOf(image.vertices.map(({ uid }) => uid)));
  for (const { uid, parallelism, maxParallelism, subtasks } of image.vertices) {
    difference ??=
      differs('parallelism', cut.parallelism.get(uid), parallelism, uid) ??
      differs('subtasks', cut.parallelism.get(uid), subtasks.length, uid) ??
      differs('max parallelism', witness.vertices.get(uid)?.maxParallelism, maxParallelism, uid);
  }
  return difference;
}

function namesOf(uids: readonly string[]): string {
  return uids.toSorted().join(', ');
}

function differs(what: string, expected: unknown, actual: unknown, of?: string): Evidence | undefined {
  if (expected === actual) return undefined;
  return [
    note.text('what', of === undefined ? what : `${what} of ${of}`),
    note.value('expected', expected),
    note.value('actual', actual),
  ];
}

type VertexImage = CheckpointImage['vertices'][number];

function judgeFinished(report: Report<ImageAnomaly>, checkpoint: number, vertex: VertexImage, part: VertexCut): void {
  for (const [subtask, { finished, keyGroups, splits, channelState }] of vertex.subtasks.entries()) {
    const had = part.finished.has(subtask);
    if (!finished && !had) continue;
    const name = `${vertex.uid}[${subtask}]`;
    if (finished !== had) {
      report(
        'finished',
        vertex.uid,
        `checkpoint ${checkpoint} says that ${name} had ${finished ? '' : 'not '}finished`,
        [note.text('expected', had ? 'finished' : 'running'), note.text('actual', finished ? 'finished' : 'running')],
      );
      // A task that had finished when it was restored still sends the end of event time, which a barrier may overtake.
    } else if (finished && (keyGroups.length + splits.length > 0 || channelState.some(({ records }) => records > 0))) {
      report('finished', vertex.uid, `checkpoint ${checkpoint} holds state of ${name}, which had finished`, [
        note.value(
          'key groups',
          keyGroups.reduce((count, { first, last }) => count + last - first + 1, 0),
        ),
        note.values(
          'splits',
          splits.map(({ split }) => split),
        ),
      ]);
    }
  }
}

function judgeGroups(
  witness: Witness,
  report: Report<ImageAnomaly>,
  checkpoint: number,
  vertex: VertexImage,
  part: VertexCut,
): void {
  const { groups } = part;
  const known = witness.vertices.get(vertex.uid);
  if (known?.kind !== 'keyed') return;
  // One byte for each group that is in the image. What belonged to a finished subtask has no state left.
  const seen = new Uint8Array(groups.length);
  for (const group of part.finishedGroups) seen[group] = 1;
  for (const { keyGroups } of vertex.subtasks) {
    for (const run of keyGroups) {
      seen.fill(1, run.first, run.last + 1);
      for (let group = run.first; group <= run.last; group++) {
        judgeGroup(report, checkpoint, known, group, run, groups[group]);
      }
    }
  }
  for (let group = 0; group < groups.length; group++) {
    const instance = groups[group];
    if (instance === undefined || seen[group] === 1 || instance.diverged) continue;
    const content = instance.model?.content();
    if (content === undefined || (content.entries.length === 0 && content.timers.length === 0)) continue;
    report('state', vertex.uid, `checkpoint ${checkpoint} holds nothing of key group ${group} of ${vertex.uid}`, [
      note.value('key group', group),
      note.value('expected', content),
    ]);
  }
}

function judgeGroup(
  report: Report<ImageAnomaly>,
  checkpoint: number,
  vertex: VertexRecord,
  keyGroup: number,
  content: GroupContent,
  instance: Instance | undefined,
): void {
  if (instance?.diverged === true) return;
  const difference = compareGroup(content, instance?.model?.content());
  if (difference === undefined) return;
  report(
    difference.anomaly,
    vertex.uid,
    `checkpoint ${checkpoint} holds another ${difference.anomaly === 'state' ? 'state' : 'set of timers'} of ${vertex.uid} than the model at the cut`,
    [note.value('key group', keyGroup), ...difference.evidence, ...ofOwnTypes(vertex), ...because(instance?.lastCause)],
  );
}

type SplitImage = VertexImage['subtasks'][number]['splits'][number];
type SplitHistory =
  { readonly maxTimestamp: number; readonly watermark: number; readonly generator: unknown } | undefined;

function judgeSplit(
  report: Report<ImageAnomaly>,
  checkpoint: number,
  uid: string,
  state: SplitImage,
  history: SplitHistory,
): void {
  if (history === undefined) return;
  const isSame =
    state.maxTimestamp === history.maxTimestamp &&
    state.lastWatermark === history.watermark &&
    (state.generator === history.generator || sameValue(state.generator, history.generator));
  if (isSame) return;
  report(
    'generator-state',
    uid,
    `checkpoint ${checkpoint} holds another generator state of ${state.split} than its history had at the cut`,
    [
      note.text('split', state.split),
      note.text('expected', `greatest timestamp ${history.maxTimestamp}, last watermark ${history.watermark}`),
      note.text('actual', `greatest timestamp ${state.maxTimestamp}, last watermark ${state.lastWatermark}`),
      note.value("expected of the author's generator", history.generator),
      note.value("actual of the author's generator", state.generator),
    ],
  );
}
