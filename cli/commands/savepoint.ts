/** `millrace savepoint`: takes a savepoint of a scenario's job at a chosen instant, and writes it into a directory. */
import { FACT_KINDS, isFactKind } from '../../core/facts.ts';
import { readMetadata } from '../../core/checkpoint/storage/metadata.ts';
import { violationOfOverrun } from '../../properties/campaign/outside.ts';
import { keep, type KeptCheckpoint } from '../../properties/case/kept-checkpoint.ts';
import { signatureOf } from '../../properties/outcome.ts';
import { expand } from '../../properties/plan/generate.ts';
import type { Plan } from '../../properties/plan/plan.ts';
import { misfits } from '../../properties/plan/misfits.ts';
import { quoted } from '../../reports/words.ts';
import { incidentInWords } from '../../reports/plan-words.ts';
import type { Incident } from '../../sim/faults/incident.ts';
import { BadUsage, EXIT, type ExitCode } from '../exit-codes.ts';
import { writeCheckpointInto } from '../kept-checkpoints.ts';
import { parseDuration, parseWhole } from '../options.ts';
import type { Platform } from '../platform.ts';
import type { Workspace } from '../workspace.ts';
import { refuseUnwritableIn } from './telling.ts';

export interface SavepointCommand {
  readonly workspace: Workspace;
  readonly scenario: string;
  readonly at: string;
  readonly out: string;
  readonly seed: string;
  /** Undefined: as the plan says. */
  readonly parallelism: number | undefined;
}

const NTH_MAX = 1_000_000;

export function savepointCommand(platform: Platform, command: SavepointCommand): ExitCode {
  const { workspace, seed, out } = command;
  const scenario = workspace.scenarios.named(command.scenario);
  const incident: Incident = { what: { kind: 'savepoint' }, when: triggerOf(command.at) };
  if (platform.readBytes(`${out}/metadata`) !== undefined)
    throw new BadUsage(`--out ${out}: there is a checkpoint already, and savepoints are never changed`);
  refuseUnwritableIn(platform, '--out', out);
  const expanded = expand(scenario, seed);
  const { parallelism = expanded.config['parallelism'] } = command;
  // Nothing but the savepoint happens, so that it is where it is asked for.
  const plan: Plan = {
    ...expanded,
    config: { ...expanded.config, ...(parallelism === undefined ? {} : { parallelism }) },
    incidents: [incident],
  };
  const problems = misfits(plan, scenario);
  if (problems.length > 0) throw new BadUsage(`this savepoint cannot be taken: ${problems.join('; ')}`);
  let taken: KeptCheckpoint | undefined;
  const guarded = platform.guarded(workspace, (runPlan) =>
    runPlan(scenario, plan, {
      completed: (checkpoint) => {
        const bytes = checkpoint.object(checkpoint.name);
        if (taken === undefined && bytes !== undefined && readMetadata(bytes).kind === 'savepoint')
          taken = keep(checkpoint, plan);
      },
    }),
  );
  if (guarded.kind === 'endless') {
    platform.print(`ENDLESS  ${signatureOf(violationOfOverrun(scenario.id, guarded.overrun))}`);
    return EXIT.lawBroke;
  }
  const { verdict, violations, reason } = guarded.value;
  const [violation] = violations;
  if (violation !== undefined) platform.print(`${signatureOf(violation)}\n  ${violation.message}`);
  if (taken === undefined) {
    platform.print(
      `NO SAVEPOINT  ${scenario.id} ended before one was complete (${incidentInWords(incident)})${reason === undefined ? '' : `: ${reason}`}`,
    );
    return verdict === 'fail' ? EXIT.lawBroke : EXIT.inconclusive;
  }
  writeCheckpointInto(platform, out, taken);
  platform.print(`SAVEPOINT  ${scenario.id}, seed ${seed}: ${out}\n  see         npx millrace inspect ${quoted(out)}`);
  return verdict === 'fail' ? EXIT.lawBroke : EXIT.held;
}

/** "300ms", "checkpointCompleted:2", "jobmanager@120". Throws `BadUsage`. */
export function triggerOf(text: string): Incident['when'] {
  if (/^\d/.test(text)) return { kind: 'time', ms: parseDuration(text, '--at') };
  const [, name = '', sign, nth = '1'] = /^([\w-]+)(?:([:@])(\d+))?$/.exec(text) ?? [];
  if (sign === '@') return { kind: 'port-call', process: name, nth: parseWhole(nth, '--at', 1, NTH_MAX) };
  if (isFactKind(name)) return { kind: 'fact', fact: name, nth: parseWhole(nth, '--at', 1, NTH_MAX) };
  throw new BadUsage(
    `--at ${text}: expected a time (300ms), the n-th fact (checkpointCompleted:2) or port call (jobmanager@120); facts are ${FACT_KINDS.join(', ')}`,
  );
}
