import { describe, expect, it } from 'vitest';
import { FinalCheckpointOfJob, FinalCheckpointOfTask } from './final-checkpoint.ts';

describe('the final checkpoint of a job', () => {
  it('is due when the last task has no input left, however often each of them says so', () => {
    const final = new FinalCheckpointOfJob(2);
    expect([final.dataFinished('a'), final.dataFinished('a'), final.isDue]).toEqual([false, false, false]);
    expect([final.dataFinished('b'), final.isDue]).toEqual([true, true]);
    final.triggered();
    expect([final.dataFinished('b'), final.isDue]).toEqual([false, false]);
  });

  it('is repeated after a pause for each checkpoint that has ended, one pause at a time', () => {
    const final = new FinalCheckpointOfJob(1);
    expect(final.ended()).toBe(false);
    final.dataFinished('a');
    expect(final.ended()).toBe(false);
    final.triggered();
    expect([final.ended(), final.ended(), final.isDue]).toEqual([true, false, false]);
    final.pauseOver();
    expect(final.isDue).toBe(true);
  });
});

describe('the final checkpoint of a task', () => {
  it('is the first completed one that was taken with all input processed, or a later one', () => {
    const final = new FinalCheckpointOfTask();
    expect(final.completed(4)).toBe(false);
    final.taken(5);
    final.taken(6);
    expect([final.completed(4), final.isComplete]).toEqual([false, false]);
    expect([final.completed(6), final.isComplete]).toEqual([true, true]);
  });

  it('lets the task finish once', () => {
    const final = new FinalCheckpointOfTask();
    final.taken(5);
    expect([final.completed(5), final.completed(5), final.completed(6)]).toEqual([true, false, false]);
  });
});
