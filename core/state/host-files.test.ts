import { expect, it } from 'vitest';
import { makeUniverse } from '../../sim/testing/make-universe.ts';
import { hostDirectories, releaseHost, stateDirectory, sweepUpTo, taskPrefix } from './host-files.ts';

it('what tasks of attempts up to one have left is found and goes, of this job only', () => {
  const seen: (readonly string[])[] = [];
  const universe = makeUniverse();
  universe.launch('host', 'p', ({ disk, scope }) => {
    const main = function* () {
      for (const [job, attempt] of [
        ['one', 1],
        ['one', 11],
        ['one', 2],
        ['two', 1],
      ] as const)
        yield* disk.append(
          `${stateDirectory(job)}/${taskPrefix({ vertex: 'a/b', subtask: 0, attempt })}.run-1`,
          new Uint8Array(1),
        );
      yield* sweepUpTo(disk, stateDirectory('one'), 1);
      seen.push(yield* disk.list('state/one'));
      yield* sweepUpTo(disk, stateDirectory('one'), 11);
      seen.push(yield* disk.list('state/one'), yield* disk.list('state/two'));
    };
    scope.spawn('main', main());
  });
  universe.run(1e9);
  expect(seen).toEqual([['11-a%2Fb-0.run-1', '2-a%2Fb-0.run-1'], [], ['1-a%2Fb-0.run-1']]);
});

it('when a job has ended what is there of it goes, of every kind and attempt; what a later attempt writes stays', () => {
  const universe = makeUniverse();
  universe.launch('host', 'p', ({ disk, scope }) => {
    const pathOf = (directory: string, attempt: number) =>
      `${directory}/${taskPrefix({ vertex: 'a', subtask: 0, attempt })}.1`;
    const main = function* () {
      for (const directory of [...hostDirectories('one'), 'state/two'])
        for (const attempt of [1, 2]) yield* disk.append(pathOf(directory, attempt), new Uint8Array(1));
      const removal = releaseHost(disk, 'one');
      for (const directory of hostDirectories('one')) disk.append(pathOf(directory, 3), new Uint8Array(1));
      yield* removal;
    };
    scope.spawn('main', main());
  });
  universe.run(1e9);
  expect(universe.hostFiles('p')).toEqual([
    'local/one/3-a-0.1',
    'sort/one/3-a-0.1',
    'state/one/3-a-0.1',
    'state/two/1-a-0.1',
    'state/two/2-a-0.1',
  ]);
});
