/**
 * The pipeline on `fc.scheduler`, as its guide tells to use it: `fc.asyncProperty` hands out the scheduler, a scheduled
 * function stands for the hop to a stage, and the property waits with `waitAll` or `waitIdle`.
 *
 * `waitIdle` spins about 50 microtasks a task by design, to notice what was scheduled late: so both ways are measured.
 */
import fc from 'fast-check';
import { inputOf, Output, type PipelineLoad, stage } from './work.ts';

export type Waiting = 'waitAll' | 'waitIdle';

export async function fastCheckPipeline(load: PipelineLoad, seed: number, waiting: Waiting): Promise<string> {
  let total = '';
  const property = fc.asyncProperty(fc.scheduler(), async (scheduler) => {
    const output = new Output();
    const hops = Array.from({ length: load.stages }, (_, at) =>
      scheduler.scheduleFunction((value: number) => Promise.resolve(stage(at, value))),
    );
    const flow = async (record: number): Promise<void> => {
      let value = record;
      for (const hop of hops) value = await hop(value);
      output.add(value);
    };
    const flows = Array.from({ length: load.records }, (_, index) => flow(inputOf(seed, index)));
    await scheduler[waiting]();
    await Promise.all(flows);
    total = output.total(load.records);
  });
  await fc.assert(property, { numRuns: 1, seed });
  return total;
}
