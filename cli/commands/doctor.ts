/**
 * `millrace doctor`: whether runs are the same wherever they are done. Each seed is run in two processes that differ in what a
 * job should not see: time zone, language, and what was run before.
 */
import { seedOf } from '../../properties/campaign/campaign.ts';
import type { KeptAnswer } from '../../properties/campaign/kept.ts';
import { plural } from '../../reports/words.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Platform, Replayer } from '../platform.ts';
import { replayLine } from '../scenarios.ts';
import type { Workspace } from '../workspace.ts';

export interface DoctorCommand {
  readonly workspace: Workspace;
  /** Ids; none: all. */
  readonly scenarios: readonly string[];
  /** Of each scenario. */
  readonly runs: number;
  readonly seed: string;
}

const HERE = { TZ: 'UTC', LANG: 'C', LC_ALL: 'C' };
const THERE = { TZ: 'Pacific/Auckland', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' };

interface Asked {
  readonly scenario: string;
  readonly seed: string;
}

export async function doctorCommand(
  platform: Platform,
  { workspace, scenarios, runs, seed }: DoctorCommand,
): Promise<ExitCode> {
  const chosen =
    scenarios.length === 0 ? workspace.scenarios.all : scenarios.map((id) => workspace.scenarios.named(id));
  const asked = chosen.flatMap(({ id }) =>
    Array.from({ length: runs }, (_, run): Asked => ({ scenario: id, seed: seedOf(`${seed} ${id}`, run) })),
  );
  const [here, there] = [platform.openReplayer(workspace, HERE), platform.openReplayer(workspace, THERE)];
  try {
    // The one forwards, the other backwards.
    const [one, other] = await Promise.all([answers(here, asked), answers(there, [...asked].reverse())]);
    const differing = asked.filter((of) => !isSame(one.get(of), other.get(of)));
    for (const of of differing) {
      platform.print(
        `${of.scenario}, seed ${of.seed}: ${inWords(one.get(of))}, there ${inWords(other.get(of))}\n  ${replayLine(of.scenario, of.seed, workspace.source)}`,
      );
    }
    platform.print(
      differing.length === 0
        ? `SOUND  ${plural(asked.length, 'run')} the same in two processes of other time zone, language and order`
        : `NOT DETERMINISTIC  ${plural(differing.length, 'run')} of ${asked.length} differ with time zone, language, or what was run before`,
    );
    if (differing.length === 0) return EXIT.held;
    if (workspace.source.kind !== 'config') return EXIT.notDeterministic;
    // A job of a user's is what differs, as in a campaign: the engine has no eye for any of that.
    platform.print(
      '  the job depends on what it should not see: dates, numbers or texts in the local time zone or language, or memory in a module; compare `replay --trace` of a line above with TZ and LANG set to either',
    );
    return EXIT.lawBroke;
  } catch (error) {
    if (platform.interrupted()) return EXIT.interrupted;
    throw error;
  } finally {
    here.close();
    there.close();
  }
}

async function answers(replayer: Replayer, asked: readonly Asked[]): Promise<ReadonlyMap<Asked, KeptAnswer>> {
  const all = new Map<Asked, KeptAnswer>();
  for (const of of asked) {
    all.set(of, await replayer.ask({ kind: 'sighting', sighting: { run: 0, ...of, signatures: [] } }));
  }
  return all;
}

function isSame(one: KeptAnswer | undefined, other: KeptAnswer | undefined): boolean {
  return one !== undefined && one.digest !== '' && one.digest === other?.digest;
}

function inWords(answer: KeptAnswer | undefined): string {
  return answer === undefined || answer.digest === '' ? `no run (${answer?.detail ?? 'not asked'})` : answer.digest;
}
