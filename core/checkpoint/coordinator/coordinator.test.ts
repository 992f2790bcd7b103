import { expect, it } from 'vitest';
import { makeUniverse } from '../../../sim/testing/make-universe.ts';
import type { CheckpointingConfig } from '../../config.ts';
import type { HaStore, ObjectStore, Ports, Written } from '../../ports.ts';
import type { Coroutine, Pending } from '../../waiting.ts';
import { readCompleted } from '../storage/metadata.ts';
import { CoordinatorStand } from './testing/coordinator-stand.ts';

const SECOND_US = 1_000_000;

interface Played {
  readonly lines: readonly string[];
  /** Objects that are there at the end. */
  readonly objects: readonly string[];
  /** Checkpoints that the HA store lists at the end. */
  readonly listed: readonly number[];
}

/**
 * Plays a second of a coordinator whose stores answer after 5 ms (objects) and 1 ms (HA). `script` is called at 0 ms; what is
 * to happen later it hands to `stand.at`.
 */
function play(
  checkpointing: Partial<CheckpointingConfig>,
  script: (stand: CoordinatorStand) => void,
  options: { readonly ports?: (real: Ports) => Ports; readonly restoredFrom?: number } = {},
): Played {
  const universe = makeUniverse();
  let lines: readonly string[] = [];
  universe.launch('host', 'jobmanager', (real) => {
    const ports = options.ports?.(real) ?? real;
    const stand = new CoordinatorStand(ports, checkpointing, options.restoredFrom);
    lines = stand.lines;
    script(stand);
  });
  universe.run(SECOND_US);
  expect(universe.crashes).toEqual([]);
  const entry = universe.ha.value('checkpoints/job');
  return {
    lines,
    objects: universe.objects.names(''),
    listed: entry === undefined ? [] : readCompleted(entry.bytes).completed.map(({ checkpoint }) => checkpoint),
  };
}
const said = (...parts: Parameters<typeof play>): readonly string[] => play(...parts).lines;

it('a checkpoint is triggered, acknowledged by all, written, listed, and then notified', () => {
  const { lines, objects, listed } = play({ intervalMs: 100 }, (stand) => {
    stand.start();
    stand.at(110, () => {
      stand.acknowledge(1, 'source');
      stand.sayWhatIsWaitedFor();
    });
    stand.at(120, () => {
      stand.acknowledge(1, 'sink');
    });
    stand.at(150, () => {
      stand.stop();
    });
  });
  expect(lines).toEqual([
    '100 trigger 1 checkpoint: source[0]',
    '110 checkpoint 1 waits for acknowledgements of sink[0]',
    '126 completed 1',
    '126 notifyComplete 1',
  ]);
  expect(objects).toEqual(['job/3-1/metadata']);
  expect(listed).toEqual([1]);
});

it('who asks what is waited for hears why no checkpoint is completed', () => {
  const lines = said({ intervalMs: 100, tolerableFailures: 9 }, (stand) => {
    stand.start();
    stand.at(110, () => {
      stand.decline(1, 'not-ready');
    });
    stand.at(210, () => {
      stand.decline(2, 'failed');
      stand.sayWhatIsWaitedFor();
    });
    stand.at(310, () => {
      stand.acknowledge(3, 'source', 'sink');
    });
    stand.at(350, () => {
      stand.sayWhatIsWaitedFor();
      stand.stop();
    });
  });
  expect(lines.filter((line) => line.includes('aborted since'))).toEqual([
    '210 checkpoints aborted since the last one that was completed: 2, the newest is 2 (declined)',
  ]);
  expect(lines).toContain('316 completed 3');
});

it('ids continue from the restored checkpoint', () => {
  const script = (stand: CoordinatorStand): void => {
    stand.start();
    stand.at(150, () => {
      stand.stop();
    });
  };
  expect(said({ intervalMs: 100 }, script, { restoredFrom: 7 })[0]).toBe('100 trigger 8 checkpoint: source[0]');
});

it('a checkpoint that is not complete in time is aborted, its files are deleted, and what comes late does not count', () => {
  const { lines, objects, listed } = play({ intervalMs: 500, timeoutMs: 200, tolerableFailures: 1 }, (stand) => {
    stand.start();
    stand.at(510, () => {
      stand.acknowledge(1, 'source');
    });
    stand.at(710, () => {
      stand.acknowledge(1, 'sink');
    });
    stand.at(900, () => {
      stand.stop();
    });
  });
  expect(lines).toEqual(['500 trigger 1 checkpoint: source[0]', '700 aborted 1: expired', '700 notifyAborted 1']);
  expect([objects, listed]).toEqual([[], []]);
});

it.each([
  ['closing', 'task-closing'],
  ['not-ready', 'task-not-ready'],
  ['cancellation-marker', 'cancellation-marker'],
] as const)('declined (%s): aborted (%s), which no job dies of', (reason, aborted) => {
  const lines = said({}, (stand) => {
    stand.start();
    stand.requestFinal();
    stand.decline(1, reason);
    stand.stop();
  });
  expect(lines).toEqual(['0 trigger 1 checkpoint: source[0]', `0 aborted 1: ${aborted}`, '0 notifyAborted 1']);
});

it('declined by a failing task: fails the attempt, unless that is tolerated', () => {
  const script = (stand: CoordinatorStand): void => {
    stand.start();
    stand.requestFinal();
    stand.decline(1, 'failed');
  };
  expect(said({ tolerableFailures: 0 }, script)[3]).toMatch(/^0 failed: CheckpointFailuresExceeded: checkpoint 1/);
  const tolerated = said({ tolerableFailures: 1 }, script);
  expect(tolerated.slice(1, 4)).toEqual([
    '0 aborted 1: declined',
    '0 notifyAborted 1',
    '100 trigger 2 checkpoint: source[0]',
  ]);
});

it('a newer one that is complete first subsumes the older one; an older one leaves the newer alone', () => {
  const overlapping = { intervalMs: 100, maxConcurrent: 2 };
  const newerFirst = said(overlapping, (stand) => {
    stand.start();
    stand.at(210, () => {
      stand.acknowledge(2, 'source', 'sink');
    });
    stand.at(250, () => {
      stand.stop();
    });
  });
  expect(newerFirst.slice(2)).toEqual([
    '216 completed 2',
    '216 notifyComplete 2',
    '216 aborted 1: subsumed',
    '216 notifyAborted 1',
  ]);
  const olderFirst = said(overlapping, (stand) => {
    stand.start();
    stand.at(210, () => {
      stand.acknowledge(1, 'source', 'sink');
    });
    stand.at(250, () => {
      stand.acknowledge(2, 'source', 'sink');
    });
    stand.at(290, () => {
      stand.stop();
    });
  });
  expect(olderFirst.slice(2)).toEqual([
    '216 completed 1',
    '216 notifyComplete 1',
    '256 completed 2',
    '256 notifyComplete 2',
  ]);
});

it('only `retained` checkpoints are kept: the files of what the store no longer lists go', () => {
  const { objects, listed } = play({ intervalMs: 100, retained: 1 }, (stand) => {
    stand.start();
    for (const n of [1, 2, 3]) {
      stand.at(n * 100 + 10, () => {
        stand.acknowledge(n, 'source', 'sink');
      });
    }
    stand.at(350, () => {
      stand.stop();
    });
  });
  expect([objects, listed]).toEqual([['job/3-3/metadata'], [3]]);
});

it('a periodic checkpoint waits for the minimum pause, counted from the last completion', () => {
  const lines = said({ intervalMs: 100, minPauseMs: 150 }, (stand) => {
    stand.start();
    stand.at(190, () => {
      stand.acknowledge(1, 'source', 'sink');
    });
    stand.at(400, () => {
      stand.stop();
    });
  });
  expect(lines.filter((line) => !line.includes('notify'))).toEqual([
    '100 trigger 1 checkpoint: source[0]',
    '196 completed 1',
    '346 trigger 2 checkpoint: source[0]',
    '400 aborted 2: failover',
  ]);
});

it('an interval that passes while the maximum is pending is not lost: its checkpoint begins when there is room', () => {
  const lines = said({ intervalMs: 100, maxConcurrent: 1 }, (stand) => {
    stand.start();
    stand.at(250, () => {
      stand.acknowledge(1, 'source', 'sink');
    });
    stand.at(280, () => {
      stand.stop();
    });
  });
  expect(lines.filter((line) => line.includes('trigger'))).toEqual([
    '100 trigger 1 checkpoint: source[0]',
    '256 trigger 2 checkpoint: source[0]',
  ]);
});

it('a savepoint goes before a periodic checkpoint that is due, ignores the pause, and commits nothing', () => {
  const { lines, objects, listed } = play({ intervalMs: 100, minPauseMs: 1_000 }, (stand) => {
    stand.start();
    stand.at(110, () => {
      stand.acknowledge(1, 'source', 'sink');
    });
    stand.at(250, () => {
      stand.requestSavepoint('savepoint');
    });
    stand.at(260, () => {
      stand.acknowledge(2, 'source', 'sink');
    });
    stand.at(300, () => {
      stand.stop();
    });
  });
  expect(lines.slice(3)).toEqual(['250 trigger 2 savepoint: source[0]', '265 completed 2 (savepoint)']);
  expect(objects).toEqual(['job/3-1/metadata', 'savepoints/job/3-2/metadata']);
  expect(listed).toEqual([1]);
});

it('a stop is the last one: nothing follows it, and its completion is notified until the attempt ends', () => {
  const { lines, listed } = play({ intervalMs: 100 }, (stand) => {
    stand.start();
    stand.at(110, () => {
      stand.acknowledge(1, 'source', 'sink');
    });
    stand.at(150, () => {
      stand.requestSavepoint('stop');
      stand.requestSavepoint('savepoint');
    });
    stand.at(160, () => {
      stand.acknowledge(2, 'source', 'sink');
    });
    stand.at(400, () => {
      stand.stop();
    });
  });
  expect(lines.slice(3)).toEqual([
    '150 trigger 2 stop: source[0]',
    '166 completed 2 (stop)',
    '166 notifyComplete 2',
    '166 stopped with savepoints/job/3-2/metadata',
    '266 notifyComplete 2',
    '366 notifyComplete 2',
  ]);
  expect(listed).toEqual([]);
});

it('a stop that is aborted fails the attempt for any reason: the sources have stopped', () => {
  const lines = said({ tolerableFailures: 9 }, (stand) => {
    stand.start();
    stand.requestSavepoint('drain');
    stand.decline(1, 'not-ready');
  });
  expect(lines.at(-1)).toMatch(/^0 failed: StopFailed: the savepoint 1 \(drain\)/);
});

it('a task that finishes aborts what waits for it; later checkpoints are triggered behind it, without it', () => {
  const lines = said({ intervalMs: 100 }, (stand) => {
    stand.start();
    stand.at(110, () => {
      stand.acknowledge(1, 'sink');
      stand.finish('source');
    });
    stand.at(210, () => {
      stand.acknowledge(2, 'sink');
    });
    stand.at(250, () => {
      stand.finish('sink');
    });
  });
  expect(lines).toEqual([
    '100 trigger 1 checkpoint: source[0]',
    '110 aborted 1: task-closing',
    '110 notifyAborted 1',
    '200 trigger 2 checkpoint: sink[0]',
    '216 completed 2',
    '216 notifyComplete 2',
  ]);
});

it('the final checkpoint is taken at once, and again after a pause until all have finished', () => {
  const lines = said({}, (stand) => {
    stand.start();
    stand.at(10, () => {
      stand.requestFinal();
    });
    stand.at(20, () => {
      stand.acknowledge(1, 'source', 'sink');
    });
    stand.at(130, () => {
      stand.acknowledge(2, 'source', 'sink');
    });
    stand.at(140, () => {
      stand.finish('source');
      stand.finish('sink');
    });
  });
  expect(lines.filter((line) => line.includes('trigger'))).toEqual([
    '10 trigger 1 checkpoint: source[0]',
    '126 trigger 2 checkpoint: source[0]',
  ]);
});

it('when the attempt ends, what is pending is aborted and no task is notified; what is with the HA store still counts', () => {
  const { lines, listed } = play({ intervalMs: 100, maxConcurrent: 2 }, (stand) => {
    stand.start();
    stand.at(210, () => {
      stand.acknowledge(1, 'source', 'sink');
    });
    // Its metadata is written (215), its entry is not confirmed yet (216).
    stand.at(215.5, () => {
      stand.stop();
    });
  });
  expect(lines.slice(2)).toEqual(['215 aborted 2: failover', '216 completed 1']);
  expect(listed).toEqual([1]);
});

// ---- stores

function* answering(kind: Written['kind'], after: Pending<unknown>): Coroutine<Written> {
  yield* after;
  return { kind };
}
/** The first write is applied, but the reply is lost. */
function replyLost({ ha, scope }: Ports): HaStore {
  let lost = false;
  return {
    read: (key) => ha.read(key),
    lease: (name) => ha.lease(name),
    compareAndSet: (...request) => {
      const written = ha.compareAndSet(...request);
      if (lost) return written;
      lost = true;
      return scope.spawn('lost reply', answering('unknown', written));
    },
  };
}
/** Puts are refused; the rest is as in the real store. */
function unavailable({ objects, scope, clock }: Ports): ObjectStore {
  return {
    put: () => scope.spawn('refused put', answering('refused', clock.sleep(5))),
    get: (name) => objects.get(name),
    list: (prefix) => objects.list(prefix),
    remove: (name) => objects.remove(name),
  };
}
const oneCheckpoint = (stand: CoordinatorStand): void => {
  stand.start();
  stand.requestFinal();
  stand.acknowledge(1, 'source', 'sink');
  stand.finish('source');
  stand.finish('sink');
};

it('a write to the HA store whose outcome is unknown is neither success nor failure: what the store says decides', () => {
  const { lines, listed } = play({}, oneCheckpoint, { ports: (real) => ({ ...real, ha: replyLost(real) }) });
  expect(lines.slice(1).map((line) => line.replace(/^\d+ /, ''))).toEqual(['completed 1', 'notifyComplete 1']);
  expect(listed).toEqual([1]);
});

it('metadata that cannot be written aborts the checkpoint, and counts as a failure', () => {
  const lines = said({ tolerableFailures: 0 }, oneCheckpoint, {
    ports: (real) => ({ ...real, objects: unavailable(real) }),
  });
  expect(lines.slice(1, 3)).toEqual(['5 aborted 1: store-failed', '5 notifyAborted 1']);
  expect(lines[3]).toMatch(/^5 failed: CheckpointFailuresExceeded/);
});

it('an entry that another process has changed means that another one leads: no task is notified', () => {
  const lines = said({}, (stand) => {
    stand.start();
    stand.requestFinal();
    stand.changeEntryAsAnotherLeader();
    stand.at(10, () => {
      stand.acknowledge(1, 'source', 'sink');
    });
  });
  expect(lines.slice(1)).toEqual(['17 deposed', '17 DeposedError: somebody else changed checkpoints/job']);
});
