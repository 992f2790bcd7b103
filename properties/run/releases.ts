/**
 * What comes behind the end of a job whose tasks have files on the disks of their hosts: until they are gone, which its task managers see
 * to when they hear of the end. Only then a law can say whether they have. Nobody listens any more, and nothing else is judged: how the job
 * has ended is known by then.
 */
import type { Universe } from '../../sim/universe.ts';
import { withinJob } from '../laws/host-paths.ts';
import { JOB_MANAGER } from '../plan/knobs.ts';

/** Beyond the time in which a lost connection is noticed twice, from both sides. */
const REST_MS = 2_000;
/** Of virtual time, between two looks at the disks. */
const LOOK_MS = 1;
const EVENTS_MAX = 200_000;

/**
 * Heals the universe, and lets time pass until nothing of the job is on the host of a task manager that lives, or as long as the slowest one
 * may need.
 *
 * @returns the task managers that have lived on; none if the job manager has not, or time could not pass.
 */
export function releasedHosts(
  universe: Universe,
  taskManagers: readonly string[],
  job: string,
  heartbeatTimeoutMs: number,
): readonly string[] {
  const deaths = universe.deaths.length;
  const atEnd = [JOB_MANAGER, ...taskManagers].filter((process) => universe.isAlive(process));
  const living = (): readonly string[] => {
    const died = new Set(universe.deaths.slice(deaths).map(({ process }) => process));
    const left = atEnd.filter((process) => !died.has(process));
    return left.includes(JOB_MANAGER) ? left.filter((process) => process !== JOB_MANAGER) : [];
  };
  const hasFiles = (process: string): boolean =>
    universe.hostFiles(process).some((path) => withinJob(path, job) !== undefined);
  universe.hush();
  universe.heal();
  const eventsMax = universe.kernel.events + EVENTS_MAX;
  const untilUs = universe.nowUs + 1_000 * (2 * heartbeatTimeoutMs + REST_MS);
  for (let atUs = universe.nowUs; atUs < untilUs && living().some(hasFiles);) {
    atUs += 1_000 * LOOK_MS;
    const eventsLeft = eventsMax - universe.kernel.events;
    if (eventsLeft <= 0) return [];
    if (universe.run(atUs, eventsLeft) === 'dry') break;
  }
  return living();
}
