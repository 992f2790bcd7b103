/** What the laws that judge turns say of one. */
import { showValue } from '../../core/values/show.ts';
import type { JudgedTurn } from '../witness/turn.ts';
import type { VertexRecord } from '../witness/vertex.ts';
import { because, type Evidence, note, show } from './evidence.ts';

/** What the turn was about. */
export function describe(turn: JudgedTurn): Evidence {
  const about: Evidence[number][] = [note.text('task', `${turn.task.name} attempt ${turn.task.id.attempt}`)];
  if (turn.keyGroup !== undefined)
    about.push(note.value('key group', turn.keyGroup), note.value('effective watermark', turn.eff));
  if (turn.source !== undefined)
    about.push(note.text('record', `${turn.source.split}@${turn.source.offset}: ${show(turn.source.value)}`));
  if (turn.record !== undefined)
    about.push(note.text('record', `${show(turn.record.value)} @ ${show(turn.record.timestamp)}`));
  if (turn.timer !== undefined)
    about.push(note.text('processing-time timer', `${turn.timer.timestamp} of ${show(turn.timer.key)}`));
  if (turn.resumed !== undefined)
    about.push(note.text('asked again', `${show(turn.resumed.value)} @ ${show(turn.resumed.timestamp)}`));
  if (turn.completed !== undefined)
    about.push(note.text('result', `of element ${turn.completed.element}, by ${turn.completed.by}`));
  return [...about, ...ofOwnTypes(turn.task.vertex), ...because(turn.cause)];
}

/** What may be the reason for a state, or what follows from it, to differ from the model: not the engine. */
export function ofOwnTypes({ lost }: VertexRecord): Evidence {
  if (lost === undefined) return [];
  const [written, read] = [lost.written, lost.read].map(showValue);
  return [
    note.text(
      'own type',
      `${lost.type} reads ${written} back as ${read}: state differs once it was stored; mend its write or read`,
    ),
  ];
}
