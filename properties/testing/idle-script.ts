/** A script whose sources know idleness: a split falls quiet, goes idle, and comes back. */
import { push } from './cluster.ts';
import { Script } from './script.ts';

export class IdleScript extends Script {
  /** The reader of a partition has nothing to read. */
  quiet(partition: number): this {
    const { member } = this.reader(partition);
    this.state('splitDrained', { task: member.id, split: this.splitName(member, partition) });
    return this;
  }

  /** The reader finds that it has been quiet for long enough. */
  idle(partition: number): this {
    return this.#set(partition, true);
  }

  /** Something has come. */
  back(partition: number): this {
    const { member } = this.reader(partition);
    this.state('splitArrived', { task: member.id, split: this.splitName(member, partition) });
    return this.#set(partition, false);
  }

  /** A split is found to be at its end; a reader that was idle is no more. */
  finished(partition: number): this {
    const { member, split } = this.reader(partition);
    const wasIdle = member.splits.every((one) => one.idle);
    split.finished = true;
    const { offset } = split;
    this.state('splitFinished', { task: member.id, split: this.splitName(member, partition), offset });
    if (wasIdle) this.#say(member, false);
    return this;
  }

  /** The reader looks at its splits. */
  look(subtask: number, heldUp = false): this {
    this.state('splitsLooked', { task: { vertex: 'in', subtask, attempt: 1 }, heldUp });
    return this;
  }

  /** A reader without splits says what it is. */
  says(subtask: number, idle: boolean): this {
    const member = this.members.find(({ vertex, id }) => vertex.kind === 'source' && id.subtask === subtask);
    if (member === undefined || member.splits.some(({ finished }) => !finished))
      throw new Error(`subtask ${subtask} is no reader without splits`);
    this.#say(member, idle);
    return this;
  }

  #set(partition: number, idle: boolean): this {
    const { member, split } = this.reader(partition);
    const isIdle = (): boolean => member.splits.every((one) => one.idle);
    const wasIdle = isIdle();
    split.idle = idle;
    this.state('splitStatus', { task: member.id, split: this.splitName(member, partition), idle });
    if (wasIdle && !isIdle()) this.#say(member, false);
    this.sendWatermark(member, this.combined(member));
    if (!wasIdle && isIdle()) this.#say(member, true);
    return this;
  }

  #say(member: Parameters<IdleScript['combined']>[0], idle: boolean): void {
    this.state('statusSent', { task: member.id, idle });
    for (const line of member.outputs) push(line, { kind: 'status', idle });
  }
}
