/**
 * Memory outside of state, found without the engine: the turns of a whole effective history are made once more by a model
 * whose function objects live from the first turn to the last, as if nothing had ever failed. What the job computes must
 * be the same as with functions that forget at once; if not, what was committed depends on which failures there were.
 *
 *     history of a dedup        a1   (checkpoint)   kill   (restore)   a2
 *     the engine, and a model that forgets       emits a1, emits a2: it has lost its memory in between, and commits both
 *     one object for the whole history           emits a1 only
 *
 * After a failure the whole history is made again. Without one the engine's own objects have lived all the time, and the
 * first turns are enough: they show memory of a module, which every copy shares and no failure empties.
 * Left out: vertices with broadcast state (a broadcast element visits the histories of all keys), and sinks alone.
 */
import type { JobSpec } from '../../core/job/spec.ts';
import { sameValue } from '../model/equal.ts';
import { createModel } from '../model/model.ts';
import type { Model, ModelInstance, ModelTurn, ModelVertex } from '../model/types.ts';
import type { Instance } from '../witness/instance.ts';
import type { TurnNode } from '../witness/turn-log.ts';
import type { Witness } from '../witness/witness.ts';
import type { WorldView } from '../world.ts';
import type { Compared } from './define.ts';

/** A turn that depends on what was done before it, and on no state. */
export interface Remembered {
  /** uid of the operator, or of the head of its chain. */
  readonly operator: string;
  /** New functions do not forget it either: it is in a module, a static field, or an object that all copies share. */
  readonly shared: boolean;
  readonly node: TurnNode;
  /** What it does with functions that have seen the history before it. */
  readonly lasting: ModelTurn;
}

type Make = (lives?: Parameters<typeof createModel>[1]) => Model;

/** Per vertex. */
const TURNS_WITHOUT_FAILURE = 256;
const TURNS_MAX = 20_000;
/** With the job made anew: what is there from the first turn on shows soon. */
const TURNS_ANEW = 256;

/** The first one, by time, of the first vertex that has one. `whole`: make the whole history again in any case. */
export function remembered(witness: Witness, whole: boolean, compared: Compared): Remembered | undefined {
  const hasFailed = (witness.attempt?.number ?? 1) > 1;
  const { job } = witness.world;
  const most = whole || hasFailed ? TURNS_MAX : TURNS_WITHOUT_FAILURE;
  const histories = new Map<string, readonly Turn[]>();
  for (const [uid, { model }] of witness.vertices) {
    if (model.broadcast === undefined && callsFunctions(job, model))
      histories.set(uid, turnsOf(witness.finalInstances(uid), most));
  }
  const found = rememberedBy(job, witness, histories, compared);
  if (found !== undefined || !hasFailed) return found;
  // What an attempt that has died has left beside the job's functions was there from the first turn on, here too.
  const anew = madeAnew(witness.world);
  return anew === job ? undefined : rememberedBy(anew, witness, histories, compared, TURNS_ANEW);
}

function rememberedBy(
  job: JobSpec,
  witness: Witness,
  histories: ReadonlyMap<string, readonly Turn[]>,
  compared: Compared,
  most = TURNS_MAX,
): Remembered | undefined {
  const make: Make = (lives) => createModel(job, lives, witness.model.executionMode);
  const lasting = make('run');
  for (const vertex of lasting.vertices) {
    const history = histories.get(vertex.uid);
    if (history === undefined) continue;
    const turns = history.length > most ? history.slice(0, most) : history;
    const found = firstDifference(vertex, turns, compared);
    if (found === undefined) continue;
    const upTo = turns.slice(0, turns.indexOf(found.turn) + 1);
    const { node } = found.turn;
    const shared = isShared(make, vertex, upTo);
    const operator = shared ? vertex.uid : operatorOf(make, job, vertex, upTo);
    return { operator, shared, node, lasting: found.lasting };
  }
  return undefined;
}

/** A sink that is chained to nothing writes what it gets: nothing of the job's is called that could remember. */
function callsFunctions(job: JobSpec, { nodes }: ModelVertex): boolean {
  return nodes.some((id) => job.nodes[id]?.operator.kind !== 'sink');
}

/** By a scenario that makes one job for all its runs, and that leaves the job as it is for a single record. */
function madeAnew({ job, afresh }: Pick<WorldView, 'job' | 'afresh'>): JobSpec {
  const anew = afresh();
  const isSame = anew.nodes.length === job.nodes.length && anew.nodes.every(({ uid }, i) => uid === job.nodes[i]?.uid);
  return isSame ? anew : job;
}

/** The one operator of the chain whose memory alone makes a difference to functions that are new at each turn. */
function operatorOf(make: Make, job: JobSpec, { uid, nodes }: ModelVertex, turns: readonly Turn[]): string {
  const members = nodes.map((id) => job.nodes[id]?.uid ?? '');
  if (members.length < 2) return uid;
  const forgetting = allAgain(make(), uid, turns);
  const culprit = members.find((member) => {
    const model = make((other) => (other === member ? 'run' : 'turn'));
    return !sameTurns(allAgain(model, uid, turns), forgetting);
  });
  return culprit ?? uid;
}

/**
 * What is in a closure is forgotten by new functions, and comes again if the history is made again from its beginning. What
 * is in a module does not care.
 */
function isShared(make: Make, { uid }: ModelVertex, turns: readonly Turn[]): boolean {
  const lasting = (): readonly ModelTurn[] => allAgain(make('run'), uid, turns);
  const once = lasting();
  return !sameTurns(once, lasting()) || sameTurns(once, allAgain(make(), uid, turns));
}

/** With new functions before each turn, as far as the model's functions do not live longer. */
function allAgain(model: Model, uid: string, turns: readonly Turn[]): readonly ModelTurn[] {
  const done: ModelTurn[] = [];
  const repetition = new Repetition(model.vertex(uid));
  for (const turn of turns) {
    if (turn.node.input.kind !== 'afresh') model.renew();
    const again = repetition.make(turn);
    if (again !== undefined) done.push(again);
  }
  return done;
}

function sameTurns(a: readonly ModelTurn[], b: readonly ModelTurn[]): boolean {
  return a.every((turn, i) => {
    const other = b[i];
    return other !== undefined && sameTurn(turn, other);
  });
}

interface Placed {
  readonly node: { readonly order: number; readonly input: Pick<TurnNode['input'], 'kind'> };
}
interface Turn {
  readonly node: TurnNode;
  readonly of: Instance;
}

function turnsOf(instances: readonly Instance[], most: number): readonly Turn[] {
  const found: Turn[] = [];
  for (const of of instances) {
    for (let node = of.log; node !== undefined; node = node.before) found.push({ node, of });
  }
  const turns = inOrder(found);
  // Behind a turn that the model cannot repeat, the state is one that nobody knows.
  const unknown = turns.findIndex(({ node }) => node.done.mismatch !== undefined);
  turns.length = Math.min(turns.length, unknown < 0 ? most : Math.min(most, unknown));
  return turns;
}

/** By their orders; as they are found, if those are equal. A number for each sorts faster than a comparison of two of them. */
export function inOrder<T extends Placed>(found: readonly T[]): T[] {
  const keys = new Float64Array(found.length);
  for (const [i, turn] of found.entries()) keys[i] = (turn.node.order * 2 + placeOf(turn)) * found.length + i;
  const turns: T[] = [];
  for (const key of keys.sort()) {
    const turn = found[key % found.length];
    if (turn !== undefined) turns.push(turn);
  }
  return turns;
}

/** A history that begins anew, or is left without what had expired, is so at the order of its last turn. */
function placeOf({ node }: Placed): number {
  const { kind } = node.input;
  return kind === 'afresh' || kind === 'sieved' || kind === 'dropped' ? 1 : 0;
}

function firstDifference(
  vertex: ModelVertex,
  turns: readonly Turn[],
  compared: Compared,
): { readonly turn: Turn; readonly lasting: ModelTurn } | undefined {
  const repetition = new Repetition(vertex);
  for (const turn of turns) {
    const lasting = repetition.make(turn);
    if (lasting === undefined) continue;
    compared();
    if (!sameTurn(lasting, turn.node.done)) return { turn, lasting };
  }
  return undefined;
}

/** Makes the turns of a vertex again, one by one. */
class Repetition {
  readonly #vertex: ModelVertex;
  readonly #instances = new Map<Instance, ModelInstance>();

  constructor(vertex: ModelVertex) {
    this.#vertex = vertex;
  }

  /** Undefined: it is no turn. */
  make({ node, of }: Turn): ModelTurn | undefined {
    const { input, eff, tape } = node;
    const vertex = this.#vertex;
    switch (input.kind) {
      case 'source':
        return vertex.sourceRecord(input.value, tape);
      case 'record':
        if (vertex.kind !== 'keyed') return vertex.record(input.edge, input.value, input.timestamp);
        return this.#instance(of).record(input.edge, input.value, input.timestamp, eff, tape);
      case 'timer':
        // Event time may have ended for the key without a turn.
        if (input.endsKey === true) this.#instance(of).closeTimers();
        return this.#instance(of).processingTimer(input.firing, eff, tape);
      case 'advance':
        if (input.endsKey === true) this.#instance(of).closeTimers();
        return this.#instance(of).advance(eff, tape);
      case 'sieved':
        this.#instance(of).sieve(input.states, input.now);
        return undefined;
      case 'dropped':
        this.#instance(of).drop(input.dropped, input.now);
        return undefined;
      case 'afresh':
        this.#instances.delete(of);
        return undefined;
    }
  }

  #instance(of: Instance): ModelInstance {
    let instance = this.#instances.get(of);
    if (instance === undefined) {
      instance = this.#vertex.instance();
      this.#instances.set(of, instance);
    }
    return instance;
  }
}

function sameTurn(a: ModelTurn, b: ModelTurn): boolean {
  return (
    (a.mismatch === undefined) === (b.mismatch === undefined) &&
    a.fired.length === b.fired.length &&
    a.sends.length === b.sends.length &&
    a.sinkWrites.length === b.sinkWrites.length &&
    sameSends(a.sends, b.sends) &&
    sameWrites(a.sinkWrites, b.sinkWrites)
  );
}

function sameSends(a: ModelTurn['sends'], b: ModelTurn['sends']): boolean {
  for (let i = 0; i < a.length; i++) {
    const one = a[i];
    const other = b[i];
    if (one?.edge !== other?.edge || one?.timestamp !== other?.timestamp || !sameValue(one?.value, other?.value))
      return false;
  }
  return true;
}

function sameWrites(a: ModelTurn['sinkWrites'], b: ModelTurn['sinkWrites']): boolean {
  for (let i = 0; i < a.length; i++) {
    const one = a[i];
    const other = b[i];
    if (one?.sink !== other?.sink || !sameValue(one?.value, other?.value)) return false;
  }
  return true;
}
