/**
 * The engine's only composition root: what a user may replace. `createJobManager(ports, job, config, parts)`,
 * `createTaskManager(ports, job, config, parts)`. Connectors, serializers, triggers and assigners come with the job.
 */
import {
  type BarrierHandler,
  type BarrierHandlerOptions,
  createBarrierHandler,
} from './checkpoint/barriers/barrier-handler.ts';
import type { JobConfig } from './config.ts';
import { exponentialDelay, type RestartStrategy } from './restart-strategy.ts';
import type { StateBackend } from './state/backend.ts';
import { configuredStateBackend } from './state/lsm/configured-state-backend.ts';

export interface Parts {
  readonly barrierHandler: (options: BarrierHandlerOptions) => BarrierHandler;
  readonly stateBackend: StateBackend;
  readonly restartStrategy: (config: JobConfig) => RestartStrategy;
}

export const defaultParts: Parts = {
  barrierHandler: createBarrierHandler,
  stateBackend: configuredStateBackend,
  restartStrategy: (config) => exponentialDelay(config.restartDelayMs),
};
