/**
 * What the job API is given, looked at where it is given: a job in JavaScript has no compiler that would do it, and one in
 * TypeScript can be forced. The error names the operator and the line that adds it.
 */
import { JobError } from '../errors.ts';
import type { OperatorSpec, TriggerSpec, WindowSpec } from '../job/spec.ts';
import { describe } from '../values/refusal.ts';
import { serializerOf } from '../values/serializers.ts';
import type { TypeInfo } from '../job/types.ts';

const KINDS: ReadonlySet<unknown> = new Set<TypeInfo['kind']>([
  'boolean',
  'int32',
  'int64',
  'float64',
  'bigint',
  'string',
  'bytes',
  'json',
  'nullable',
  'list',
  'tuple',
  'record',
  'enum',
  'union',
  'custom',
]);

/** Descriptions that have passed: a job names the same one at many places, and jobs have those of primitives in common. */
const passed = new WeakSet<object>();

/** @throws JobError unless it is a type description that values can be written with. */
export function requireType(what: string, type: unknown): void {
  if (typeof type === 'object' && type !== null && passed.has(type)) return;
  if (!isType(type, 0)) {
    throw new JobError(
      type === undefined
        ? `${what} is missing; give a type such as string, int64 or record({ ... })`
        : `${what} is ${describe(type)}, which is no type; give one such as string, int64 or record({ ... })`,
    );
  }
  serializerOf(type);
  passed.add(type);
}

/** Far above what a type may be nested: `serializerOf` says so by name. */
const DEPTH_MAX = 100;

function isType(type: unknown, depth: number): type is TypeInfo {
  if (typeof type !== 'object' || type === null || !('kind' in type) || !KINDS.has(type.kind)) return false;
  if (depth > DEPTH_MAX) return true;
  if (type.kind === 'record') {
    return 'fields' in type && isList(type.fields) && type.fields.every((field) => isField(field, depth));
  }
  if (type.kind === 'union') {
    return 'cases' in type && isList(type.cases) && type.cases.every((one) => isField(one, depth));
  }
  if (type.kind === 'enum') return 'members' in type && isList(type.members) && type.members.every(isString);
  if (type.kind === 'custom') return 'name' in type && isString(type.name) && 'code' in type && isCode(type.code);
  if (type.kind === 'tuple') return 'of' in type && isList(type.of) && type.of.every((of) => isType(of, depth + 1));
  if (type.kind === 'nullable' || type.kind === 'list') return 'of' in type && isType(type.of, depth + 1);
  return true;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isCode(code: unknown): boolean {
  if (typeof code !== 'object' || code === null || !('write' in code) || !('read' in code)) return false;
  return typeof code.write === 'function' && typeof code.read === 'function';
}

function isField(field: unknown, depth: number): boolean {
  return typeof field === 'object' && field !== null && 'type' in field && isType(field.type, depth + 1);
}

/** @throws JobError unless it is a synchronous function. */
export function requireFunction(what: string, fn: unknown): void {
  if (typeof fn !== 'function') throw new JobError(`${what} is ${describe(fn)}; give a function`);
  if (isClass(fn)) throw new JobError(`${what} is the class ${fn.name}; give a function`);
  requireSynchronous(what, fn);
}

function requireSynchronous(what: string, fn: object): void {
  const tag: unknown = Reflect.get(fn, Symbol.toStringTag);
  if (tag === 'AsyncFunction' || tag === 'AsyncGeneratorFunction')
    throw new JobError(`${what} is async: user functions are synchronous; leave what must wait to a source or a sink`);
}

/** @throws JobError unless it is a function that makes objects. `who`: what needs it. `what`: what it makes. */
function requireFactory(create: unknown, who = 'process', what = 'function object'): void {
  if (typeof create !== 'function')
    throw new JobError(
      `${who} needs a factory, and got ${describe(create)}; write () => ..., so that each subtask has an object of its own`,
    );
  if (isClass(create))
    throw new JobError(`${who} needs a factory, and got the class ${create.name}; write () => new ${create.name}()`);
  requireSynchronous('the factory', create);
  // TypeScript refuses it; in JavaScript the function itself is soon given in place of what makes it.
  if (create.length > 0)
    throw new JobError(
      `${who} needs a factory, which takes nothing and makes a ${what}, and got a function of ${create.length} ` +
        'parameters; write () => ({ ... }), with that function as its method',
    );
}

/** Its prototype is read-only, which is found out without a look at its text, as that of nearly all other functions is not. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- any function at all
function isClass(fn: Function): boolean {
  if (Object.getOwnPropertyDescriptor(fn, 'prototype')?.writable !== false) return false;
  return /^class\b/.test(Function.prototype.toString.call(fn));
}

/** Whether it has the look of a source or a sink. */
export function isConnector(given: unknown): boolean {
  return typeof given === 'object' && given !== null && 'connector' in given && 'type' in given;
}

/** The functions that an operator is made of. `error`: an error at the operator. */
export function checkFunctions(operator: OperatorSpec, error: (what: string) => JobError): void {
  try {
    requireFunctions(operator);
  } catch (thrown) {
    if (!(thrown instanceof JobError)) throw thrown;
    throw error(thrown.message);
  }
}

function requireFunctions(operator: OperatorSpec): void {
  switch (operator.kind) {
    case 'source':
      requireWatermarks(operator.watermarks);
      return;
    case 'map':
    case 'flatMap':
    case 'filter':
    case 'reduce':
      requireFunction(`the function of ${operator.kind}`, operator.fn);
      return;
    case 'process':
    case 'coProcess':
    case 'intervalJoin':
    case 'keyedBroadcast':
    case 'broadcast':
    case 'plainProcess':
      requireFactory(operator.create);
      return;
    case 'asyncWait':
      requireFactory(operator.create, 'asyncWait');
      return;
    case 'window':
      requireWindow(operator);
      return;
    case 'sink':
      requireType('the type of the sink', operator.sink.type);
  }
}

function requireWatermarks(watermarks: unknown): void {
  if (
    typeof watermarks !== 'object' ||
    watermarks === null ||
    !('timestamp' in watermarks) ||
    !('generator' in watermarks)
  ) {
    throw new JobError(
      `needs watermarks, and got ${describe(watermarks)}: without them there is no event time; give ` +
        'watermarkPerRecord(...), boundedOutOfOrderness(...), or noWatermarks(...) if the job has no windows and no timers',
    );
  }
  requireFunction('watermarks.timestamp', watermarks.timestamp);
  const { generator } = watermarks;
  if (typeof generator !== 'object' || generator === null || !('kind' in generator) || generator.kind !== 'custom')
    return;
  const { fn, stateType } = { fn: undefined, stateType: undefined, ...generator };
  for (const method of ['createState', 'onRecord', 'watermark']) {
    const member: unknown = typeof fn === 'object' && fn !== null ? Reflect.get(fn, method) : undefined;
    requireFunction(`${method} of the watermark generator`, member);
  }
  requireType('stateType of the watermark generator', stateType);
}

function requireWindow({ assigner, trigger, evictor, fold, emit, create }: WindowSpec): void {
  requireKind('window', 'an assigner such as tumblingEventTime(60_000)', assigner);
  requireKind('trigger', 'one such as countTrigger(100)', trigger);
  if (evictor !== undefined) requireKind('evictor', 'one such as countEvictor(100)', evictor);
  if (emit !== undefined) requireFunction('emit', emit);
  if (create !== undefined) requireFactory(create);
  if (fold.kind === 'reduce') requireFunction('the function of reduce', fold.fn);
  if (fold.kind === 'aggregate') requireAggregate(fold.fn);
  if (assigner.kind === 'session' && typeof assigner.gap !== 'number') requireFunction('the gap', assigner.gap);
  if (assigner.kind === 'custom') requireFunction('assign of the window assigner', assigner.assign);
  if (evictor?.kind === 'delta') requireFunction('the delta function of the evictor', evictor.delta);
  requireTrigger(trigger, assigner.kind === 'session' || (assigner.kind === 'custom' && assigner.merges), fold);
}

/** `merging`: the windows merge, and so must trigger and aggregate. */
function requireTrigger(trigger: TriggerSpec, merging: boolean, fold: WindowSpec['fold']): void {
  if (trigger.kind === 'purging') return requireTrigger(trigger.of, merging, fold);
  if (trigger.kind === 'custom') requireFactory(trigger.create, 'customTrigger', 'trigger');
  if (trigger.kind === 'delta') {
    requireFunction('the delta function of the trigger', trigger.delta);
    requireType('the type of the delta trigger', trigger.type);
  }
  if (!merging) return;
  if (trigger.kind === 'delta' || trigger.kind === 'never')
    throw new JobError(`the ${trigger.kind} trigger cannot merge, and these windows do; give another trigger`);
  if (fold.kind !== 'aggregate') return;
  const merge: unknown = fold.fn.merge;
  if (typeof merge !== 'function')
    throw new JobError('the aggregate function has no merge, and these windows merge; give it merge(a, b)');
}

/** @internal */
export function requireKind(method: string, needed: string, given: unknown): void {
  if (typeof given === 'object' && given !== null && 'kind' in given) return;
  throw new JobError(`${method} needs ${needed}, and got ${describe(given)}`);
}

function requireAggregate(fn: unknown): void {
  for (const method of ['createAccumulator', 'add', 'getResult']) {
    const member: unknown = typeof fn === 'object' && fn !== null ? Reflect.get(fn, method) : undefined;
    requireFunction(`${method} of the aggregate function`, member);
  }
}
