/** The world of a run as laws, marks and the trace see it: the services' own state, read without a trace in the run. */
import type { JobSpec } from '../../core/job/spec.ts';
import type { TransactionInfo } from '../../core/ports.ts';
import type { Universe } from '../../sim/universe.ts';
import type { Violation } from '../outcome.ts';
import type { WorldView } from '../world.ts';
import type { Cluster, Subject } from './compose.ts';

export function viewOf(
  { job, workload, config, parts, expects, afresh }: Subject,
  cluster: Cluster,
  violated: (violation: Violation) => void,
  asked: WorldView['asked'],
  jobs: readonly JobSpec[] = [job],
  refuses: WorldView['refuses'] = () => workload.refuses,
): WorldView {
  const { universe } = cluster;
  return {
    job,
    afresh,
    jobs: () => jobs,
    refuses,
    input: workload.topics,
    executionMode: config.job.executionMode,
    ...(workload.services === undefined ? {} : { services: workload.services }),
    partitionsAt: (input, us) =>
      universe.broker.hasTopic(input) ? universe.broker.partitionsAt(input, us) : (workload.topics[input]?.length ?? 0),
    checkpointing: checkpointingOf(config.job),
    scheduling: config.job,
    onScaleAsked: (listener) => {
      cluster.onScaleAsked(listener);
    },
    onCheckpointAsked: (listener) => {
      cluster.onCheckpointAsked(listener);
    },
    stateMemoryBytes: config.job.stateBackend === 'lsm' ? config.job.stateMemoryBytes : undefined,
    restartOnJobFaults: config.job.restartOnJobFaults,
    flinkCompatibleWatermarks: config.job.flinkCompatibleWatermarks,
    inspectState: parts.stateBackend.inspect,
    nowUs: () => universe.nowUs,
    onCommitted: (listener) => {
      universe.broker.onCommitted(({ records }) => {
        for (const record of records) listener(record);
      });
    },
    object: (name) => universe.objects.object(name) ?? universe.objects.lost(name),
    isLost: (name) => universe.objects.lost(name) !== undefined,
    objects: (prefix) => universe.objects.names(prefix),
    onObjectChanged: (listener) => {
      universe.objects.onChanged(listener);
    },
    onDiskFault: (listener) => {
      universe.onDiskFault(listener);
    },
    hostFiles: (process) => universe.hostFiles(process),
    hostOf: (process) => universe.hostOf(process),
    onPowerLost: (listener) => {
      universe.onPowerLost(listener);
    },
    onClockStepped: (listener) => {
      universe.onClockStepped(listener);
    },
    wallMs: (process) => universe.wallMs(process),
    haValue: (key) => universe.ha.value(key)?.bytes,
    transactions: () => unsettledTransactions(universe),
    onKilled: (listener) => {
      universe.onDeath(({ process }) => {
        listener(process);
      });
    },
    onCrashed: (listener) => {
      universe.onCrash(({ process, message }) => {
        listener(process, message);
      });
    },
    currentProcess: () => universe.stating,
    expects,
    asked,
    violated: (violation) => {
      violated({ atUs: universe.nowUs, ...violation });
    },
  };
}

/** In batch there is none, whatever the configuration says. */
function checkpointingOf({ executionMode, checkpointing }: Subject['config']['job']): WorldView['checkpointing'] {
  return executionMode === 'batch' ? { ...checkpointing, mode: 'exactly-once', intervalMs: 0 } : checkpointing;
}

function unsettledTransactions({ broker }: Universe): readonly TransactionInfo[] {
  const found: TransactionInfo[] = [];
  for (const { id, owner, state } of broker.transactionStates()) {
    if (state === 'open' || state === 'prepared') found.push({ id, owner, state });
  }
  return found;
}
