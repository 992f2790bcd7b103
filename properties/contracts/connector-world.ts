/**
 * What the contracts run in: one process in a universe with latency and, if asked, lost replies or short reads. No test
 * runner: a clause throws `ContractBroken`, and whoever runs it says so in the way of their own.
 */
import type { ConnectorPorts } from '../../core/connectors/connector.ts';
import { messageOf } from '../../core/errors.ts';
import type { Ports } from '../../core/ports.ts';
import type { Coroutine } from '../../core/waiting.ts';
import { ContractBroken } from '../../sim/contract.ts';
import { Universe } from '../../sim/universe.ts';
import { calmWorld, type WorldConfig } from '../../sim/world-config.ts';

/** One promise of a part. `check` throws `ContractBroken` if it is not kept. */
export interface ContractClause {
  /** A sentence: what is promised. */
  readonly name: string;
  readonly check: () => void;
}

/** @throws ContractBroken unless `kept`. */
export function promise(kept: boolean, broken: string): asserts kept {
  if (!kept) throw new ContractBroken(broken);
}

/** Services answer after a while, each after another one. */
const SLOW: Partial<WorldConfig> = { brokerLatencyUs: 700, brokerJitterUs: 900, objectStoreLatencyUs: 1_500 };
const TIME_LIMIT_US = 600_000_000;

export interface Room {
  readonly ports: Ports;
  readonly connector: ConnectorPorts;
}

/** Runs the body in a process of its own, to its end. `fill` comes before anything runs. Throws what the body throws. */
export function inWorld(
  options: {
    readonly seed?: string;
    readonly world?: Partial<WorldConfig>;
    readonly fill?: (universe: Universe) => void;
  },
  body: (room: Room) => Coroutine<void>,
): void {
  const universe = new Universe({
    choices: options.seed === undefined ? { explicit: [] } : { seed: options.seed },
    world: { ...calmWorld, ...SLOW, ...options.world },
    incidents: [],
    listeners: [],
  });
  options.fill?.(universe);
  let outcome: { readonly error?: unknown } | undefined;
  universe.launch('host', 'connector', (ports) => {
    const { clock, log, objects } = ports;
    ports.scope.spawn(
      'contract',
      (function* (): Coroutine<void> {
        try {
          yield* body({ ports, connector: { clock, log, objects } });
          outcome = {};
        } catch (error) {
          outcome = { error };
        }
        universe.stop();
      })(),
    );
  });
  universe.run(TIME_LIMIT_US);
  const waiting = universe.whoWaits().join('; ');
  const [crash] = universe.crashes;
  universe.close();
  if (outcome !== undefined && 'error' in outcome) throw outcome.error;
  promise(crash === undefined, `a coroutine failed: ${crash?.message ?? ''}`);
  promise(outcome !== undefined, `it does not come to an end: ${waiting}`);
}

/** Runs the coroutine and returns the message of what it throws; undefined if it throws nothing. */
export function* failureOf(body: Coroutine<unknown>): Coroutine<string | undefined> {
  try {
    yield* body;
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
