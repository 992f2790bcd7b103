/**
 * The engine's only composition root: what a user may replace. `createJobManager(ports, job, config, parts)`,
 * `createTaskManager(ports, job, config, parts)`. Connectors, serializers, triggers and assigners come with the job.
 */
import type { TypeInfo } from './api/types.ts';
import { type BarrierHandler, type BarrierHandlerOptions, createBarrierHandler } from './checkpoint/barrier-handler.ts';
import type { JobConfig } from './cluster/config.ts';
import { fixedDelay, type RestartStrategy } from './cluster/restart-strategy.ts';
import type { KeyedStateBackend, KeyGroupRange } from './state/backend.ts';
import { createHeapBackend } from './state/heap-backend.ts';

export interface StateBackendOptions {
  readonly range: KeyGroupRange;
  readonly maxParallelism: number;
  readonly keyType: TypeInfo;
}

export interface Parts {
  readonly barrierHandler: (options: BarrierHandlerOptions) => BarrierHandler;
  readonly stateBackend: (options: StateBackendOptions) => KeyedStateBackend;
  readonly restartStrategy: (config: JobConfig) => RestartStrategy;
}

export const defaultParts: Parts = {
  barrierHandler: createBarrierHandler,
  stateBackend: createHeapBackend,
  restartStrategy: (config) => fixedDelay(config.restartDelayMs),
};
