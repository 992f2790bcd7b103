/**
 * What `check` and `defineScenario` are given, looked at before anything runs: JavaScript has no compiler that would, and an
 * oracle that is misspelt would be one that is never asked.
 */
import type { JobSpec, NodeSpec } from '../../core/job/spec.ts';
import { describe } from '../../core/values/refusal.ts';
import { inputTopics, outputTopics } from '../plan/job-topics.ts';
import { CheckError } from './errors.ts';
import type { CheckOptions, TopicInput } from './options.ts';

/** `versions`: the job and its upgrades. */
type Known<T> = Readonly<
  Record<keyof T, (what: string, value: unknown, job: JobSpec, versions: readonly JobSpec[]) => void>
>;

const OPTIONS: Known<CheckOptions> & Readonly<Record<'states', (what: string, value: unknown) => void>> = {
  input: () => undefined,
  services: (what, value, _, versions) => {
    const asked = nodesOf(versions).flatMap(({ operator }) =>
      operator.kind === 'asyncWait' ? [operator.service.name] : [],
    );
    if (!isObject(value)) throw usage(`${what} is ${describe(value)}; give an object with a function for each service`);
    for (const [name, one] of Object.entries(value)) {
      if (!asked.includes(name))
        throw usage(`${what} has ${name}, which the job does not ask; it asks ${asked.join(', ') || 'none'}`);
      requireFunction(`${what}.${name}`, one);
    }
  },
  output: requireFunction,
  invariant: (what, value, job) => {
    for (const [topic, one] of topicsIn(what, value, job)) {
      const { step }: { readonly step?: unknown } = isObject(one) ? one : {};
      if (typeof step !== 'function')
        throw usage(
          `${what}.${topic} is ${describe(one)}; give { init, step(state, record) }, of which step may throw`,
        );
      requireFunction(`${what}.${topic}.step`, step);
    }
  },
  stateEndsEmpty: requireBoolean,
  orderedBy: (what, value, job) => {
    for (const [topic, one] of topicsIn(what, value, job)) requireFunction(`${what}.${topic}`, one);
  },
  confluent: requireBoolean,
  valid: requireFunction,
  runs: requireNumber,
  timeLimitMs: requireNumber,
  faults: (what, value) => {
    if (value !== 'all' && value !== 'none') requireNames(what, value, `'all', 'none' or a list of kinds`);
  },
  disciplines: (what, value) => requireNames(what, value, 'a list of disciplines'),
  executionModes: (what, value) => requireNames(what, value, `a list of 'streaming' and 'batch'`),
  upgrades: (what, value, job) => {
    requireNames(what, value, 'a list of jobs, as defineJob returns them');
    for (const [index, one] of (value as readonly unknown[]).entries()) requireUpgrade(`${what}[${index}]`, one, job);
  },
  restartOnJobFaults: requireBoolean,
  seed: (what, value) => {
    if (typeof value !== 'string' && typeof value !== 'number')
      throw usage(`${what} is ${describe(value)}; give a text or a number`);
  },
  name: requireText,
  states: requireText,
};

const TOPIC_OPTIONS: Readonly<Record<keyof TopicInput, true>> = {
  records: true,
  partitions: true,
  keyedBy: true,
  disorder: true,
};

/** @throws CheckError that names the first option that is none, or not of its kind. */
export function requireOptions(job: JobSpec, options: object): void {
  const upgrades: unknown = Reflect.get(options, 'upgrades');
  const versions = [job, ...(Array.isArray(upgrades) ? upgrades.filter(isJob) : [])];
  for (const [name, value] of Object.entries(options)) {
    const require = lookUp(OPTIONS, name);
    if (require === undefined) throw usage(`there is no option ${name}; there are ${Object.keys(OPTIONS).join(', ')}`);
    if (value !== undefined) require(name, value, job, versions);
  }
  const given: unknown = Reflect.get(options, 'services');
  for (const { uid, operator } of nodesOf(versions)) {
    if (operator.kind !== 'asyncWait' || (isObject(given) && Object.hasOwn(given, operator.service.name))) continue;
    const { name } = operator.service;
    throw usage(`operator ${uid} asks the service ${name}; give services: { ${name}: (request) => ... }`);
  }
}

/** @throws CheckError if a topic's input says something that is not understood. */
export function requireTopicOptions(place: string, input: object): void {
  const stranger = Object.keys(input).find((name) => lookUp(TOPIC_OPTIONS, name) === undefined);
  if (stranger !== undefined)
    throw new CheckError(
      'usage',
      `${place}: there is no option ${stranger}; there are ${Object.keys(TOPIC_OPTIONS).join(', ')}`,
    );
}

function lookUp<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** What is said of each topic, all of which the job writes. */
function topicsIn(what: string, value: unknown, job: JobSpec): readonly (readonly [string, unknown])[] {
  if (!isObject(value)) throw usage(`${what} is ${describe(value)}; give an object with a member for each topic`);
  const written = outputTopics(job);
  const entries = Object.entries(value);
  const stranger = entries.find(([topic]) => !written.includes(topic));
  if (stranger !== undefined)
    throw usage(`${what}.${stranger[0]}: the job writes no such topic; it writes ${written.join(', ')}`);
  return entries;
}

function nodesOf(versions: readonly JobSpec[]): readonly NodeSpec[] {
  return versions.flatMap(({ nodes }) => nodes);
}

/** A later version of the job: what is said of topics has to be true of all versions. */
function requireUpgrade(what: string, value: unknown, job: JobSpec): void {
  if (!isJob(value)) throw usage(`${what} is ${describe(value)}; give a job, as defineJob returns it`);
  if (value.name !== job.name)
    throw usage(`${what} is job "${value.name}"; a later version of job "${job.name}" has the name of that`);
  for (const [does, topicsOf] of [
    ['reads', inputTopics],
    ['writes', outputTopics],
  ] as const) {
    const [before, after] = [[...topicsOf(job)].sort(), [...topicsOf(value)].sort()];
    if (before.join() !== after.join())
      throw usage(
        `${what} ${does} ${after.join(', ') || 'nothing'}, and the job before it ${before.join(', ') || 'nothing'}; versions have the same topics`,
      );
  }
}

function requireFunction(what: string, value: unknown): void {
  if (typeof value !== 'function') throw usage(`${what} is ${describe(value)}; give a function`);
  // `valid` is asked only when a run has failed: its author would hear of it too late, or never.
  if (Reflect.get(value, Symbol.toStringTag) === 'AsyncFunction')
    throw usage(`${what} is async; it is asked synchronously: give a function that returns its answer itself`);
}

function requireBoolean(what: string, value: unknown): void {
  if (typeof value !== 'boolean') throw usage(`${what} is ${describe(value)}; give true or false`);
}

function requireNumber(what: string, value: unknown): void {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 1)
    throw usage(`${what} is ${describe(value)}; give a number that is at least 1`);
}

function requireText(what: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') throw usage(`${what} is ${describe(value)}; give a text`);
}

function requireNames(what: string, value: unknown, needed: string): void {
  if (!Array.isArray(value)) throw usage(`${what} is ${describe(value)}; give ${needed}`);
}

/** As far as anybody can see who is given it. */
export function isJob(value: unknown): value is JobSpec {
  return isObject(value) && 'nodes' in value && 'name' in value && Array.isArray(value.nodes);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function usage(problem: string): CheckError {
  return new CheckError('usage', `check: ${problem}`);
}
