/**
 * One trial: a campaign over an engine with a planted bug, in a directory of its own; a SIGKILL at a random moment to the
 * parent, a worker or a shrinker; then what is on the disk and which processes are left.
 *
 * What the campaign has met is known from a trace that is planted with the bug: the process that meets a failing run writes
 * a line of its own in front of everything that millrace does about it. A run whose trace is the last line of the process
 * that was killed was killed while it was being written down: it is counted apart.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFindings } from '../../properties/campaign/sighting.ts';
import { parseCase } from '../../properties/case/parse.ts';
import { childrenOf, isAlive } from './processes.ts';

export const TRACE_VARIABLE = 'MILLRACE_TORTURE_TRACE';
export const VICTIMS = ['parent', 'worker', 'shrinker'] as const;
export type Victim = (typeof VICTIMS)[number];

export interface TrialOptions {
  readonly bundle: string;
  readonly directory: string;
  readonly seed: string;
  readonly runs: number;
  readonly victim: Victim;
  /** 0 to 1: how many failing runs are met before the kill, and how long after the last of them; of a shrinker, how long it may work. */
  readonly moment: number;
}

export interface Trial {
  readonly victim: Victim;
  /** Undefined: the campaign was over before the moment came. */
  readonly killed: number | undefined;
  readonly met: number;
  /** Met, and not on the disk. */
  readonly lost: number;
  /** Met, and killed before it could be written down. */
  readonly inTheAct: number;
  /** Files of cases that cannot be read. */
  readonly halfWritten: readonly string[];
  /** Processes of the campaign that are still there 2 s after its end. */
  readonly left: number;
  /** Of the campaign; undefined: a signal ended it. */
  readonly exitCode: number | undefined;
  /** Folded digest of its runs, if it came to its end. */
  readonly digest: string | undefined;
}

const WORKERS = 2;
const POLL_MS = 20;
const GIVEN_UP_MS = 900_000;
/** What belongs to a campaign is gone so long after its end. */
const LEFT_MS = 2_000;
/** The kill comes behind 0 to so many failing runs. */
const MET_MAX = 8;
/** And up to so much later. */
const PAUSE_MS = 400;
const SHRINKING_MS = 2_000;

export async function tried({ bundle, directory, seed, runs, victim, moment }: TrialOptions): Promise<Trial> {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const trace = join(directory, 'trace');
  const args = [
    'run',
    'smoke',
    '--runs',
    String(runs),
    '--seed',
    seed,
    '--workers',
    String(WORKERS),
    '--shrink-time',
    '3s',
    '--json',
    'report',
  ];
  const campaign = spawn(process.execPath, [bundle, ...args], {
    cwd: directory,
    env: { ...process.env, [TRACE_VARIABLE]: trace },
    stdio: 'ignore',
  });
  const ended = endOf(campaign);
  const family = new Set<number>();
  const killed = await watched(campaign, victim, momentOf(victim, moment, trace), family);
  // Its time is over, or it has ended: what it has not said by now it never will.
  const exitCode = await Promise.race([ended, sleep(LEFT_MS, undefined)]);
  await sleep(LEFT_MS);
  const left = [...family].filter(isAlive);
  for (const pid of left) process.kill(pid, 'SIGKILL');
  const report = join(directory, 'report');
  const json = existsSync(report) ? (JSON.parse(readFileSync(report, 'utf8')) as { digest: string }) : undefined;
  return {
    victim,
    killed,
    ...onDisk(directory, trace, victim, killed),
    left: left.length,
    exitCode,
    digest: json?.digest,
  };
}

function endOf(campaign: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve) => campaign.on('exit', (code) => resolve(code ?? undefined)));
}

/** Whether it is time to kill, so long after the victim was first seen. Not by the clock alone: how fast it is, who knows. */
type Moment = (seenForMs: number) => boolean;

function momentOf(victim: Victim, moment: number, trace: string): Moment {
  if (victim === 'shrinker') return (seenForMs) => seenForMs >= moment * SHRINKING_MS;
  const met = moment * MET_MAX;
  const pauseMs = (met % 1) * PAUSE_MS;
  let since: number | undefined;
  return () => {
    if (linesOf(trace).length < Math.floor(met)) return false;
    since ??= performance.now();
    return performance.now() - since >= pauseMs;
  };
}

/** Follows the campaign to its end, and kills the victim at its moment. `family`: every process of the campaign that was seen. */
async function watched(
  campaign: ChildProcess,
  victim: Victim,
  isTime: Moment,
  family: Set<number>,
): Promise<number | undefined> {
  const parent = campaign.pid ?? 0;
  const workers = new Set<number>();
  const begun = performance.now();
  let seenAt: number | undefined;
  let killed: number | undefined;
  family.add(parent);
  while (isRunning(campaign) && performance.now() - begun < GIVEN_UP_MS) {
    const children = childrenOf(parent);
    for (const child of children) {
      family.add(child);
      if (workers.size < WORKERS) workers.add(child);
    }
    const shrinker = children.find((child) => !workers.has(child));
    const target = { parent, worker: children.find((child) => workers.has(child)), shrinker }[victim];
    if (target !== undefined) seenAt ??= performance.now();
    if (killed === undefined && target !== undefined && isTime(performance.now() - (seenAt ?? 0))) {
      process.kill(target, 'SIGKILL');
      killed = target;
    }
    await sleep(POLL_MS);
  }
  return killed;
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

interface OnDisk {
  readonly met: number;
  readonly lost: number;
  readonly inTheAct: number;
  readonly halfWritten: readonly string[];
}

function onDisk(directory: string, trace: string, victim: Victim, killed: number | undefined): OnDisk {
  const cases = join(directory, 'millrace-cases');
  const written = new Set(
    filesIn(join(cases, 'findings')).flatMap((file) =>
      readFindings(readFileSync(file, 'utf8')).findings.map(({ sighting }) => sighting.seed),
    ),
  );
  const met = linesOf(trace).map(asMet);
  const missing = met.filter(({ seed }) => !written.has(seed));
  // With the parent all of its workers are killed by their watchdogs, each at its own moment.
  const lastOf = new Map(met.map((one) => [one.pid, one.seed]));
  const isInTheAct = ({ pid, seed }: Met): boolean =>
    killed !== undefined && (victim === 'parent' || pid === killed) && lastOf.get(pid) === seed;
  return {
    met: new Set(met.map(({ seed }) => seed)).size,
    lost: missing.filter((one) => !isInTheAct(one)).length,
    inTheAct: missing.filter(isInTheAct).length,
    halfWritten: filesIn(cases).filter((file) => file.endsWith('.json') && !isCase(file)),
  };
}

function linesOf(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

interface Met {
  readonly pid: number;
  readonly seed: string;
}
function asMet(line: string): Met {
  const [pid = '', seed = ''] = line.split(' ');
  return { pid: Number(pid), seed };
}

function filesIn(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => join(directory, name));
}

function isCase(file: string): boolean {
  try {
    parseCase(readFileSync(file, 'utf8'), file);
    return true;
  } catch {
    return false;
  }
}
