/**
 * In-flight data of the restored checkpoint, before the channels of the gate are read (SEMANTICS B10).
 * Of the gate only overtaking barriers are taken meanwhile.
 */
import type { SplitState } from '../connectors/connector-state.ts';
import { EngineBug } from '../errors.ts';
import type { ElementTargets } from './gate-input.ts';
import type { Replay, ReplayedElement } from './replay.ts';
import type { SourceLetter, TaskEnv } from './task-env.ts';
import type { TaskInput } from './task-input.ts';

export class ReplayInput implements TaskInput {
  readonly isReplaying = true;
  /** There is its end at least. */
  readonly readable = true;
  readonly waitsFor = 'its turn to process in-flight data of the restored checkpoint';
  readonly #env: TaskEnv;
  readonly #replay: Replay;
  readonly #gate: TaskInput;
  readonly #targets: ElementTargets;

  /** `gate`: what follows; `targets`: the same as the gate's. */
  constructor(env: TaskEnv, replay: Replay, gate: TaskInput, targets: ElementTargets) {
    this.#env = env;
    this.#replay = replay;
    this.#gate = gate;
    this.#targets = targets;
  }

  get hasOvertaking(): boolean {
    return this.#gate.hasOvertaking;
  }

  open(): void {
    const { ports, task } = this.#env;
    ports.probe.replayStarted?.({ task, channels: this.#replay.channels });
    this.#gate.open();
  }

  read(): TaskInput {
    const replayed = this.#replay.next();
    if (replayed !== undefined) {
      this.#onReplayed(replayed);
      return this;
    }
    this.#targets.watermarks.replayEnded();
    this.#env.ports.probe.replayEnded?.({ task: this.#env.task });
    return this.#gate;
  }

  readOvertaking(): void {
    this.#gate.readOvertaking();
  }

  onLetter(letter: SourceLetter): void {
    this.#gate.onLetter(letter);
  }

  snapshot(): readonly SplitState[] {
    return this.#gate.snapshot();
  }

  close(): void {
    this.#gate.close();
  }

  #onReplayed(replayed: ReplayedElement): void {
    const { element, id, physical } = replayed;
    const { operators, watermarks, barriers } = this.#targets;
    const { ports, task } = this.#env;
    switch (element.kind) {
      case 'record':
        operators.process(id, element);
        barriers.processed(id.edge, element);
        return;
      case 'watermark':
        ports.probe.watermarkReceived?.({ task, channel: id, watermark: element.timestamp });
        watermarks.watermark(physical, this.#replay.watermark(replayed, element.timestamp));
        return;
      case 'status':
        ports.probe.statusReceived?.({ task, channel: id, idle: element.idle });
        watermarks.status(physical, this.#replay.status(replayed, element.idle));
        return;
      default:
        throw new EngineBug(
          `in-flight data of ${task.vertex}[${task.subtask}] holds an element of kind ${element.kind}`,
        );
    }
  }
}
