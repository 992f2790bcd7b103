/** What sources and sinks have in common: the doors that a connector may use, and how its own state becomes bytes. */
import type { TypeInfo } from '../job/types.ts';
import type { Clock, LogBroker, ObjectStore } from '../ports.ts';
import { fromBytes, toBytes } from '../values/serializers.ts';
import { JobError } from '../errors.ts';

/** The doors of the process that the connector runs in. After a kill each of them throws, so no check is needed. */
export interface ConnectorPorts {
  /** Wall clock, timeouts, sleep. */
  readonly clock: Clock;
  /** Topics, and transactions over them. */
  readonly log: LogBroker;
  /** Files. */
  readonly objects: ObjectStore;
}

/**
 * A connector's own state <-> bytes (Flink: `SimpleVersionedSerializer`). The engine stores the bytes with the version that
 * wrote them and never looks inside. Both directions are pure: laws and inspectors call them with no engine running.
 *
 * @example
 * ```ts
 * const offsets = versioned('offsets', 1, record({ id: string, position: int64 }));
 * const back = offsets.deserialize(1, offsets.serialize({ id: 'orders-0', position: 42 }));
 * ```
 */
export interface ConnectorSerializer<T> {
  /** Version of what `serialize` writes; a whole number >= 0. It rises when the bytes change their meaning. */
  readonly version: number;
  /** The bytes belong to the caller. */
  serialize(value: T): Uint8Array;
  /** `version`: that of the writer. @throws JobError for a version that it cannot read, IoError for bytes that are none of it. */
  deserialize(version: number, bytes: Uint8Array): T;
}

/** A serializer by a type description, for one version. `what` names the state in the error about another version. */
export function versioned<T>(what: string, version: number, type: TypeInfo<T>): ConnectorSerializer<T> {
  return {
    version,
    serialize: (value) => toBytes(type, value),
    deserialize: (written, bytes) => {
      if (written !== version) {
        throw new JobError(`${what} were written by version ${written} of the connector; this one reads ${version}`);
      }
      return fromBytes(type, bytes);
    },
  };
}
