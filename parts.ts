/** `millrace/parts`: the seams of the engine, and the contracts that a part of your own has to keep. */
export { defaultParts, type Parts } from './core/parts.ts';
export type * from './core/state/backend.ts';
export { keyGroupOf, type KeyGroupRange } from './core/graph/key-groups.ts';
export { keyHasher } from './core/values/hash.ts';
export type { FloorRange } from './core/time/floors.ts';
export type { KeyedHandle } from './core/state/handles.ts';
export type { BarrierHandler, BarrierHandlerOptions } from './core/checkpoint/barriers/barrier-handler.ts';
export type { RestartStrategy } from './core/restart-strategy.ts';
export { compareBytes, fromBytes, serializerOf, toBytes, type TypeSerializer } from './core/values/serializers.ts';
export { EngineBug, IoError, JobError } from './core/errors.ts';
export { ContractBroken } from './sim/contract.ts';
export type { ContractClause } from './properties/contracts/connector-world.ts';
export { sinkContract, type SinkUnderTest } from './properties/contracts/sink-contract.ts';
export { sourceContract, type SourceUnderTest } from './properties/contracts/source-contract.ts';
export { stateBackendContract } from './properties/contracts/state-backend.ts';
