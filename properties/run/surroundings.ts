/** What is around a job before it starts: the topics and files that it reads, the topics that it writes, the services that it asks. */
import { JobError, messageOf } from '../../core/errors.ts';
import { JobFault } from '../../core/job-fault.ts';
import { ignoreRejection, isThenable } from '../../core/user-code.ts';
import type { JobSpec, SourceSpec } from '../../core/job/spec.ts';
import type { TypeInfo } from '../../core/job/types.ts';
import { ByteWriter } from '../../core/values/bytes.ts';
import { fromBytes, serializerOf, toBytes } from '../../core/values/serializers.ts';
import { showValue } from '../../core/values/show.ts';
import { takerOf } from '../../core/values/taker.ts';
import type { Universe } from '../../sim/universe.ts';
import type { Topics, Workload } from '../plan/plan.ts';

const SINK_PARTITIONS = 2;

/**
 * Topics of the job's sinks and sources, and files of its file sources. Throws `JobError` if a source reads a topic that the
 * workload does not have, and `JobFault` for a record that is not of the source's type.
 */
export function fillInput(universe: Universe, job: JobSpec, topics: Topics): void {
  for (const { uid, operator } of job.nodes) {
    if (operator.kind === 'sink') {
      if (operator.sink.external !== true) universe.broker.createTopic(operator.sink.output, SINK_PARTITIONS);
    } else if (operator.kind === 'source') {
      const { input, connector } = operator.source;
      const partitions = topics[input];
      if (partitions === undefined) throw new JobError(`source ${uid}: the workload has no input ${input}`);
      if (connector === 'file') fillFiles(universe, input, partitions);
      else fillTopic(universe, uid, operator.source, partitions);
    }
  }
}

/** Topics of sinks that no earlier version of the job had. */
export function addOutputs({ broker }: Universe, job: JobSpec): void {
  for (const { operator } of job.nodes) {
    if (operator.kind === 'sink' && operator.sink.external !== true && !broker.hasTopic(operator.sink.output))
      broker.createTopic(operator.sink.output, SINK_PARTITIONS);
  }
}

/** The services that the job asks, as far as they are not there yet. Throws `JobError` if the workload does not have one. */
export function provideServices(universe: Universe, job: JobSpec, services: Workload['services'] = {}): void {
  for (const { uid, operator } of job.nodes) {
    if (operator.kind !== 'asyncWait' || universe.services.has(operator.service.name)) continue;
    const { name, requestType, responseType } = operator.service;
    const answer = services[name];
    if (answer === undefined)
      throw new JobError(`operator ${uid}: the workload has no service ${name}; give it as a function of the request`);
    const mistake = (what: string, request: Uint8Array, options: { readonly cause?: unknown } = {}): JobFault => {
      const fault = new JobFault('broken-rule', `the service ${name} of the test ${what}`, options);
      return fault.blame(uid, `the request ${showValue(fromBytes(requestType, request))}`);
    };
    universe.services.provide(name, (request) => {
      let value: unknown;
      try {
        value = answer(fromBytes(requestType, request));
      } catch (error) {
        throw mistake(`threw ${messageOf(error)}`, request, { cause: error });
      }
      const wrong = serializerOf(responseType).validate(value);
      if (wrong === undefined) return toBytes(responseType, value);
      ignoreRejection(value);
      if (isThenable(value))
        throw mistake('returned a promise; a run waits for it by its own clock: return the answer itself', request);
      throw mistake(`answers what is not of its type (${responseType.kind}): ${wrong}`, request);
    });
  }
}

type Partitions = Topics[string];

function fillTopic(
  { broker }: Universe,
  uid: string,
  { input, type, bounded, discoveryIntervalMs }: SourceSpec,
  partitions: Partitions,
): void {
  broker.createTopic(input, partitions.length, discoveryIntervalMs !== undefined);
  partitions.forEach((records, partition) => {
    const refused = (value: unknown, offset: number): JobFault => {
      const what = `record ${offset} in partition ${partition} of the input ${input}`;
      const reason = `${what} is not of the source's type (${type.kind}): ${takerOf(type).reason(value)}`;
      return new JobFault('not-of-type', reason).blame(uid, showValue(value));
    };
    broker.seed(input, partition, encoded(records, type, refused), !bounded);
  });
}

function* encoded(
  records: Partitions[number],
  type: TypeInfo,
  refused: (value: unknown, offset: number) => JobFault,
): Iterable<Uint8Array> {
  const serializer = serializerOf(type);
  const out = new ByteWriter();
  let offset = 0;
  for (const value of records) {
    // Also what `write` would pass over: a field that the type does not declare.
    if (serializer.validate(value) !== undefined) throw refused(value, offset);
    serializer.write(value, out);
    yield out.take();
    offset++;
  }
}

/** A partition is a file, a record is a line. */
function fillFiles({ objects }: Universe, prefix: string, partitions: Partitions): void {
  partitions.forEach((lines, index) => {
    const text = lines.map((line) => `${String(line)}\n`).join('');
    objects.seed(`${prefix}-${index}`, new TextEncoder().encode(text));
  });
}
