import { expect, it } from 'vitest';
import { makeUniverse } from '../../sim/testing/make-universe.ts';
import type { Universe } from '../../sim/universe.ts';
import { JOB_MANAGER } from '../plan/knobs.ts';
import { releasedHosts } from './releases.ts';

/** A job has ended at 1 ms. Each task manager has a file, and removes it at its time; undefined: never. */
function play(
  times: Readonly<Record<string, number | undefined>>,
  act: (universe: Universe) => void = () => undefined,
) {
  let heard = 0;
  const universe = makeUniverse({ listeners: [{ jobEnded: () => heard++ }] });
  const names = Object.keys(times);
  universe.launch('host', JOB_MANAGER, () => undefined);
  for (const [name, atMs] of Object.entries(times)) {
    universe.launch(`host-${name}`, name, ({ clock, disk, probe }) => {
      disk.append('state/job/1-a-0.1', new Uint8Array(1));
      disk.append('state/other/1-a-0.1', new Uint8Array(1));
      clock.timer(2, () => probe.jobEnded?.({ attempt: 1, status: 'finished', message: '', fault: undefined }));
      if (atMs !== undefined) clock.timer(atMs, () => disk.remove('state/job/1-a-0.1'));
    });
  }
  universe.run(1_000);
  act(universe);
  const living = releasedHosts(universe, names, 'job', 500);
  return { ms: Math.floor(universe.nowUs / 1_000), living, heard };
}

it('time passes until the files of the job are gone everywhere, and nobody hears anything', () => {
  const { ms, living, heard } = play({ tm1: 5, tm2: 90 });
  expect(living).toEqual(['tm1', 'tm2']);
  expect(ms).toBeGreaterThanOrEqual(90);
  expect(ms).toBeLessThan(95);
  expect(heard).toBe(0);
});

it('who leaves its files there has lived on as well', () => {
  expect(play({ tm1: 5, tm2: undefined }).living).toEqual(['tm1', 'tm2']);
});

it('who dies meanwhile is not waited for; without the job manager nobody is', () => {
  const kills = (name: string) =>
    play({ tm1: 5, tm2: undefined }, (universe) => {
      universe.kill(name, 1);
    });
  const { ms, living } = kills('tm2');
  expect(living).toEqual(['tm1']);
  expect(ms).toBeLessThan(10);
  expect(kills(JOB_MANAGER).living).toEqual([]);
});
