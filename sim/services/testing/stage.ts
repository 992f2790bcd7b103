/**
 * For tests of the world: a universe with a few idle processes, each on a host of its own, and a body that uses their
 * ports in any order. The body runs in a process that no test kills.
 */
import type { Ports } from '../../../core/ports.ts';
import type { Coroutine } from '../../../core/waiting.ts';
import type { Incident } from '../../faults/incident.ts';
import type { ChoicesSpec } from '../../kernel/types.ts';
import { Universe } from '../../universe.ts';
import { calmWorld } from '../../world-config.ts';
import type { WorldConfig } from '../../world-config.ts';

export interface StageOptions {
  readonly world?: Partial<WorldConfig>;
  readonly choices?: ChoicesSpec;
  readonly incidents?: readonly Incident[];
}

export class Stage {
  readonly universe: Universe;
  readonly #ports = new Map<string, Ports>();

  constructor(options: StageOptions = {}) {
    this.universe = new Universe({
      choices: options.choices ?? { explicit: [] },
      world: { ...calmWorld, ...options.world },
      incidents: options.incidents ?? [],
      listeners: [],
    });
    for (const name of ['one', 'other']) {
      this.universe.launch(`host-${name}`, name, (ports) => {
        this.#ports.set(name, ports);
      });
    }
  }

  /** The ports of the newest incarnation of `one` (on host-one) or `other` (on host-other). */
  ports(name: 'one' | 'other'): Ports {
    const ports = this.#ports.get(name);
    if (ports === undefined) throw new Error(`${name} has not started`);
    return ports;
  }

  /** Runs the body to its end and the universe until nothing is left to happen; throws what the body throws. */
  play(body: (stage: Stage, driver: Ports) => Coroutine<void>): void {
    let ended: { readonly error?: unknown } | undefined;
    this.universe.launch('host-driver', 'driver', (ports) => {
      ports.scope.spawn(
        'body',
        caught(body(this, ports), (outcome) => (ended = outcome)),
      );
    });
    this.universe.run(Number.MAX_SAFE_INTEGER);
    const waiting = this.universe.whoWaits().join('\n');
    if (ended === undefined) throw new Error(`the body did not end:\n${waiting}`);
    if ('error' in ended) throw ended.error;
    const [crash] = this.universe.crashes;
    if (crash !== undefined) throw new Error(`${crash.process} crashed: ${crash.message}`);
  }
}

function* caught(body: Coroutine<void>, end: (outcome: { readonly error?: unknown }) => void): Coroutine<void> {
  try {
    yield* body;
    end({});
  } catch (error) {
    end({ error });
  }
}
