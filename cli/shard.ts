/** Which machine of several this is: said on the command line, or by the variables of a continuous integration. */
import type { Shard } from './campaign.ts';
import { BadUsage } from './exit-codes.ts';

/** Value of `--shard`: from the environment. */
const CI = 'ci';
const SHARDS_MAX = 10_000;

interface Service {
  readonly name: string;
  readonly index: string;
  readonly total: string;
  /** Number of the first machine. */
  readonly from: 0 | 1;
}
/** GitHub has no such variables: a matrix names them. */
const SERVICES: readonly Service[] = [
  { name: 'millrace', index: 'MILLRACE_SHARD_INDEX', total: 'MILLRACE_SHARD_TOTAL', from: 1 },
  { name: 'GitLab', index: 'CI_NODE_INDEX', total: 'CI_NODE_TOTAL', from: 1 },
  { name: 'CircleCI', index: 'CIRCLE_NODE_INDEX', total: 'CIRCLE_NODE_TOTAL', from: 0 },
  { name: 'Buildkite', index: 'BUILDKITE_PARALLEL_JOB', total: 'BUILDKITE_PARALLEL_JOB_COUNT', from: 0 },
  { name: 'Semaphore', index: 'SEMAPHORE_JOB_INDEX', total: 'SEMAPHORE_JOB_COUNT', from: 1 },
  // Kubernetes sets the index of an Indexed Job; its completions have to be handed over.
  { name: 'Kubernetes', index: 'JOB_COMPLETION_INDEX', total: 'JOB_COMPLETIONS', from: 0 },
];

/** "2/4", or "ci". Throws `BadUsage`. */
export function shardOf(text: string, variable: (name: string) => string | undefined): Shard {
  if (text === CI) return shardOfService(variable);
  const [, index, total] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  if (index === undefined || total === undefined) {
    throw new BadUsage(`--shard ${text}: expected i/n, from 1/n to n/n, or ${CI}`);
  }
  return checked(Number(index), Number(total), `--shard ${text}`);
}

function shardOfService(variable: (name: string) => string | undefined): Shard {
  for (const { name, index, total, from } of SERVICES) {
    const [at, of] = [variable(index), variable(total)];
    if (at === undefined && of === undefined) continue;
    if (at === undefined || of === undefined) {
      const [there, gone] = at === undefined ? [total, index] : [index, total];
      // GitLab sets the total of every job; alone it says that there is one machine.
      if (at === undefined && of === '1') continue;
      throw new BadUsage(`--shard ${CI}: ${name} sets ${there}, and ${gone} is not set: set it, or say --shard i/n`);
    }
    if (!/^\d{1,6}$/.test(at) || !/^\d{1,6}$/.test(of)) {
      throw new BadUsage(`--shard ${CI}: ${index} is ${at} and ${total} is ${of}: expected whole numbers`);
    }
    return checked(Number(at) + 1 - from, Number(of), `--shard ${CI}: ${index} ${at}, ${total} ${of}`);
  }
  const names = SERVICES.map(({ index, total }) => `${index} and ${total}`).join(', ');
  throw new BadUsage(`--shard ${CI}: the environment names no machine; looked for ${names}`);
}

function checked(index: number, total: number, what: string): Shard {
  if (index >= 1 && index <= total && total <= SHARDS_MAX) return { index, total };
  throw new BadUsage(`${what}: expected i/n with i from 1 to n, and n at most ${SHARDS_MAX}`);
}
