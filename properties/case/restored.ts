/**
 * A scenario whose universes go on from a checkpoint or savepoint that a run of a plan has taken. Input, parameters and
 * configuration are those of that run; what is drawn anew is what happens in it: incidents and choices.
 */
import { metadataName, objectsOf, readMetadata, takenUnder } from '../../core/checkpoint/storage/metadata.ts';
import type { Incident } from '../../sim/faults/incident.ts';
import { isWhat } from '../../sim/faults/incident.ts';
import { checksum } from '../../sim/kernel/digest.ts';
import { canonicalText } from '../plan/canonical.ts';
import { topicsOf } from '../plan/explicit.ts';
import { expand } from '../plan/generate.ts';
import { configOf, JOB_MANAGER, taskManagerNames } from '../plan/knobs.ts';
import type { Plan } from '../plan/plan.ts';
import type { Scenario } from '../plan/scenario.ts';
import { fileOf, METADATA_FILE, type Origin } from './kept-checkpoint.ts';

export interface RestoreOptions {
  readonly claim: boolean;
  readonly allowNonRestoredState: boolean;
  /** Of operators that declare none; undefined: as the run had that took it. */
  readonly parallelism: number | undefined;
  /** Version of the job that is started; undefined: the one that took it. */
  readonly version: number | undefined;
}

/** The id of a scenario whose universes start from this very checkpoint: what is kept of one is about no other. */
function restoredId(base: Scenario, metadata: Uint8Array): string {
  return `${base.id}/from-${(checksum(metadata) >>> 0).toString(16).padStart(8, '0')}`;
}

/** Whether a scenario of this id is there only while a command names the directory of its checkpoint. */
export function isRestoredId(id: string): boolean {
  return /\/from-[0-9a-f]{8}$/.test(id);
}

/**
 * `files`: by name in the directory (`kept-checkpoint.ts`). `base`: the scenario of `origin`.
 *
 * Throws `JobError` if the metadata cannot be read, `Error` if a file is missing.
 */
export function restoredScenario(
  base: Scenario,
  { plan: origin, version }: Origin,
  files: ReadonlyMap<string, Uint8Array>,
  options: RestoreOptions,
): Scenario {
  const bytesOf = (file: string): Uint8Array => {
    const bytes = files.get(file);
    if (bytes === undefined) throw new Error(`its file ${file} is missing`);
    return bytes;
  };
  const metadata = readMetadata(bytesOf(METADATA_FILE));
  const prefix = takenUnder(metadata);
  const name = metadataName(prefix);
  const objects = [...objectsOf(metadata)].map((object) => [object, bytesOf(fileOf(object, prefix))] as const);
  const { attempt, checkpoint } = metadata;
  const { claim, allowNonRestoredState, parallelism, version: startsAs = version } = options;
  const config = { ...origin.config, ...keyGroupsOf(origin), ...(parallelism === undefined ? {} : { parallelism }) };
  const id = restoredId(base, bytesOf(METADATA_FILE));
  const planOf = (seed: string): Plan => ({
    scenario: id,
    config,
    workload: origin.workload,
    incidents: fitted(expand(base, seed).incidents, origin),
    choices: { seed },
  });
  const topics = topicsOf(base, origin);
  const unchanging = (plan: Plan): string => canonicalText([plan.config, topicsOf(base, plan)]);
  const same = canonicalText([config, topics]);
  return {
    ...base,
    id,
    planOf,
    from: {
      scenario: base,
      plan: origin,
      version,
      startsAs,
      attempt,
      checkpoint,
      metadata: name,
      objects: new Map([[name, bytesOf(METADATA_FILE)], ...objects]),
      claim,
      allowNonRestoredState,
    },
    // The job asks its scenario for the records of its own plans.
    build: (plan, of) => ({ ...base.build({ ...plan, scenario: base.id }, of), confluent: false }),
    // Positions in the checkpoint are positions in this very input.
    shrinkingOf: () => ({
      admits: (plan) => unchanging(plan) === same,
      simpler: () => [],
      polish: () => undefined,
    }),
  };
}

/** As many key groups as the run had: an incident that asks for more subtasks than those would have raised them. */
function keyGroupsOf(origin: Plan): Plan['config'] {
  const { maxParallelism } = configOf(origin).cluster;
  return maxParallelism === 0 ? {} : { maxParallelism };
}

/** Incidents of another plan, for the processes and key groups that there are. */
function fitted(incidents: readonly Incident[], origin: Plan): readonly Incident[] {
  const { taskManagers, maxParallelism } = configOf(origin).cluster;
  const processes = [...taskManagerNames(taskManagers), JOB_MANAGER, 'self'];
  const [first = 'self'] = processes;
  const there = (process: string): string => (processes.includes(process) ? process : first);
  return incidents.flatMap(({ what, when }): readonly Incident[] => {
    const changed = {
      ...what,
      ...('process' in what ? { process: there(what.process) } : {}),
      ...('parallelism' in what && maxParallelism > 0
        ? { parallelism: Math.min(what.parallelism, maxParallelism) }
        : {}),
    };
    if (!isWhat(changed)) return [];
    return [{ what: changed, when: when.kind === 'port-call' ? { ...when, process: there(when.process) } : when }];
  });
}
