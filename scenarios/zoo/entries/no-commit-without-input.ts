import type { ZooEntry } from '../entry.ts';

export const noCommitWithoutInput: ZooEntry = {
  id: 'no-commit-without-input',
  title: 'A checkpoint before which no input has come leaves out what timers of the wall clock have put out',
  origin: 'KAFKA-6906, KAFKA-14294: the commit is skipped unless a record was processed since the last one',
  file: 'core/task/task-operators.ts',
  find: `    this.sinks = new TaskSinks(env, scope);
`,
  replace: `    const sinks = (this.sinks = new TaskSinks(env, scope));
    let isCommitNeeded = false;
    const { process, emit, advance } = this;
    this.process = (...input) => {
      isCommitNeeded = true;
      process.apply(this, input);
    };
    this.emit = (...record) => {
      isCommitNeeded = true;
      emit.apply(this, record);
    };
    this.advance = (watermark) => {
      isCommitNeeded = true;
      advance.call(this, watermark);
    };
    const { prepare } = sinks;
    sinks.prepare = (checkpoint) => {
      if (!isCommitNeeded) return undefined;
      isCommitNeeded = false;
      return prepare.call(sinks, checkpoint);
    };
`,
  law: 'sinks',
  also: ['transactions'],
};
