/**
 * Queryable state: a reply names its attempt, and is what that attempt's history of the key had between question and answer.
 *
 * Verified of every answer of the newest attempt: a value is one that the key had in this very state, as this attempt went on from
 * what it restored, at some moment in between, less what had expired by the time that the answer names (SEMANTICS J5); of a key that
 * is unknown, that it had none at some moment; of a state that is unknown, that no function of the key's task had asked for it when the
 * question came, or that no operator of the uid has keyed state. Who is asked is the subtask that has the key, whatever comes of it.
 * No question is answered twice, or without being asked.
 * Not verified: what an older attempt answers whose tasks run on without knowing (no history has what they do); that a task
 * which runs is found (clocks and networks may be slow); answers behind a divergence of the model.
 */
import type { StateTtl } from '../../core/job/state-ttl.ts';
import { canonical } from '../model/equal.ts';
import type { TaskRecord } from '../witness/task.ts';
import type { VertexRecord } from '../witness/vertex.ts';
import type { Witness } from '../witness/witness.ts';
import { defineLaw } from './define.ts';
import { note } from './evidence.ts';

const ANOMALIES = ['value', 'unknown-key', 'unknown-state', 'attempt', 'elsewhere', 'unasked'] as const;

/** What a key had at a moment; `ttl`: what the function has declared of the state. */
interface Held {
  readonly attempt: number;
  /** Undefined: nothing. */
  readonly value: unknown;
  readonly ttl: StateTtl | undefined;
}

interface Asked {
  readonly operator: string;
  readonly state: string;
  readonly key: unknown;
  /** Attempts in which the key's task had asked for the state when the question came. */
  known: number | undefined;
  readonly held: Held[];
}

export const queries = defineLaw({
  name: 'queries',
  states: 'A reply to a query names its attempt, and is a value that the key had in it between question and answer.',
  compares: 'answers to queries',
  anomalies: ANOMALIES,
  judge(witness, report, compared) {
    const open = new Map<number, Asked>();
    const look = (uid: string): void => {
      for (const asked of open.values()) if (asked.operator === uid) sample(witness, asked);
    };
    return {
      queryAsked({ query, operator, state, key }) {
        const asked: Asked = { operator, state, key, known: undefined, held: [] };
        open.set(query, asked);
        const task = taskOf(witness, asked);
        const instance = task?.vertex.groups.find((one) => one?.model !== undefined)?.model;
        if (task !== undefined && instance?.asked(task.place).has(state) === true) asked.known = task.id.attempt;
        sample(witness, asked);
      },
      turn({ task }) {
        if (open.size > 0) look(task.vertex.uid);
      },
      stateDropped(task) {
        if (open.size > 0) look(task.vertex.uid);
      },
      taskOpened(task) {
        if (open.size > 0) look(task.vertex.uid);
      },
      queryAnswered({ query, answeredBy: attempt, error, value, now, asked: place }) {
        const asked = open.get(query);
        open.delete(query);
        if (asked === undefined) {
          report('unasked', 'client', `query ${query} is answered, and is not open`, []);
          return;
        }
        const { operator, state, key, held, known } = asked;
        const newest = witness.attempt?.number ?? 0;
        const about = [note.value('key', key), note.value('attempt', attempt)];
        if (attempt > newest) {
          report('attempt', operator, `a reply of ${operator}/${state} names an attempt that has not begun`, about);
        }
        const owner = place?.attempt === newest ? taskOf(witness, asked)?.id.subtask : undefined;
        if (owner !== undefined) compared();
        if (owner !== undefined && place?.subtask !== owner) {
          report(
            'elsewhere',
            operator,
            `subtask ${place?.subtask} of ${operator} is asked for a key of subtask ${owner}`,
            about,
          );
        }
        if (error === 'not-running' || attempt !== newest) return;
        if (error === 'unknown-state') {
          compared();
          if (known === attempt)
            report('unknown-state', operator, `${operator} has the state ${state} and says that it has none`, about);
          return;
        }
        const of = held.filter((one) => one.attempt === attempt);
        if (of.length === 0) return;
        compared();
        const had = of.map((one) => shown(one, now));
        const reply = value === undefined ? undefined : canonical(value);
        if (had.includes(reply)) return;
        report(
          error === 'unknown-key' ? 'unknown-key' : 'value',
          operator,
          `a query of ${operator}/${state} is answered with what the key did not have between question and answer`,
          [
            ...about,
            note.text('had', had.map((one) => one ?? 'nothing').join(', ')),
            note.text('reply', reply ?? 'nothing'),
          ],
        );
      },
    };
  },
});

function vertexOf({ vertices }: Witness, operator: string): VertexRecord | undefined {
  const vertex = vertices.get(operator);
  return vertex?.kind === 'keyed' ? vertex : undefined;
}

/** By the model's own formula. Undefined: no such task has opened. */
function taskOf(witness: Witness, { operator, key }: Asked): TaskRecord | undefined {
  const vertex = vertexOf(witness, operator);
  const group = vertex?.model.keyGroupOfKey(key, vertex.maxParallelism);
  if (vertex === undefined || group === undefined || witness.attempt === undefined) return undefined;
  const subtask = witness.model.ownerOf(group, vertex.parallelism, vertex.maxParallelism);
  return witness.attempt.task({ vertex: operator, subtask, attempt: witness.attempt.number });
}

/** Notes what the key has now, if it is something else than before. */
function sample(witness: Witness, asked: Asked): void {
  const vertex = vertexOf(witness, asked.operator);
  const task = taskOf(witness, asked);
  const group = vertex?.model.keyGroupOfKey(asked.key, vertex.maxParallelism);
  if (vertex === undefined || task === undefined || group === undefined) return;
  const instance = vertex.groups[group];
  if (instance?.diverged === true) {
    asked.held.length = 0;
    return;
  }
  vertex.settle(group, task.place);
  const model = vertex.groups[group]?.model;
  const key = canonical(asked.key);
  const entry = model
    ?.content()
    .entries.find((one) => one.state === asked.state && one.namespace === undefined && canonical(one.key) === key);
  const held: Held = { attempt: task.id.attempt, value: entry?.value, ttl: model?.ttlOf(asked.state) };
  const last = asked.held.at(-1);
  if (last?.attempt === held.attempt && last.value === held.value && last.ttl === held.ttl) return;
  asked.held.push(held);
}

/** As a query shows it; undefined: nothing of it. */
function shown({ value, ttl }: Held, now: number): string | undefined {
  if (value === undefined) return undefined;
  if (ttl === undefined) return canonical(value);
  const lives = (one: unknown): boolean => isAged(one) && one['@lastTouch'] + ttl.ms > now;
  if (isAged(value)) return lives(value) ? canonical(value['@value']) : undefined;
  if (!Array.isArray(value)) return canonical(value);
  const items: readonly unknown[] = value;
  const left = items.flatMap((one): readonly unknown[] => {
    if (isAged(one)) return lives(one) ? [one['@value']] : [];
    const pair: readonly unknown[] = Array.isArray(one) ? one : [];
    const [entry, aged] = pair;
    return isAged(aged) && lives(aged) ? [[entry, aged['@value']]] : [];
  });
  return left.length === 0 ? undefined : canonical(left);
}

interface Aged {
  readonly '@lastTouch': number;
  readonly '@value': unknown;
}

function isAged(value: unknown): value is Aged {
  return typeof value === 'object' && value !== null && '@lastTouch' in value && '@value' in value;
}
