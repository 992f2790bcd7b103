import { expect, it } from 'vitest';
import { makeUniverse } from '../../sim/testing/make-universe.ts';
import { JOB_MANAGER } from '../plan/knobs.ts';
import { Releases } from './releases.ts';

/** A job that has ended at 1 ms. Each task manager says at its time that its host is released; undefined: never. */
function play(times: Readonly<Record<string, number | undefined>>, act: (kill: (process: string) => void) => void) {
  const universe = makeUniverse();
  const names = Object.keys(times);
  const releases = new Releases(universe, () => names);
  universe.listen(releases.probe);
  universe.launch('host', JOB_MANAGER, () => undefined);
  for (const [name, atMs] of Object.entries(times)) {
    universe.launch(`host-${name}`, name, ({ clock, probe }) => {
      if (atMs !== undefined) clock.timer(atMs, () => probe.hostReleased?.({ job: 'job', upTo: 1 }));
      clock.timer(60_000, () => undefined);
    });
  }
  universe.run(1_000);
  act((process) => {
    universe.kill(process, 60_000);
  });
  releases.await(500, 1_000);
  return { atMs: Math.floor(universe.nowUs / 1_000), living: releases.living() };
}
const nothing = (): void => undefined;

it('time passes until every task manager that lives has released its host, and no longer', () => {
  expect(play({ tm1: 5, tm2: 9 }, nothing)).toEqual({ atMs: 9, living: ['tm1', 'tm2'] });
});

it('one that never does is waited for for a time, and is among those that have lived on', () => {
  const { atMs, living } = play({ tm1: 5, tm2: undefined }, nothing);
  expect(living).toEqual(['tm1', 'tm2']);
  expect(atMs).toBeLessThanOrEqual(3_001);
});

it('who dies meanwhile is not waited for; without the job manager nobody is', () => {
  const kills = (name: string) =>
    play({ tm1: 5, tm2: undefined }, (kill) => {
      kill(name);
    });
  expect(kills('tm2')).toEqual({ atMs: 5, living: ['tm1'] });
  expect(kills(JOB_MANAGER).living).toEqual([]);
});
