import { expect, it } from 'vitest';
import { Stage } from '../../../sim/services/testing/stage.ts';
import type { Coroutine } from '../../waiting.ts';
import { fileSource } from './file-source.ts';

/** The lines of one file from a position on, with their positions. */
function linesOf(text: string, position = 0): readonly unknown[] {
  const stage = new Stage();
  stage.universe.objects.seed('f', new TextEncoder().encode(text));
  const lines: unknown[] = [];
  stage.play(function* (_stage, ports): Coroutine<void> {
    const env = { ports, scope: ports.scope, fetchMaxRecords: 1 };
    const reader = fileSource({ prefix: 'f' }).createReader({ id: 'f', position }, env);
    yield* reader.available();
    for (let polled = reader.poll(); typeof polled === 'object'; polled = reader.poll())
      lines.push([polled.position, polled.value]);
    expect(reader.poll()).toBe('end');
  });
  return lines;
}

it('a line ends with a line feed; what follows the last one is a line unless it is empty', () => {
  expect(linesOf('a\n\nb\n')).toEqual([
    [0, 'a'],
    [1, ''],
    [2, 'b'],
  ]);
  expect(linesOf('a\nb')).toEqual([
    [0, 'a'],
    [1, 'b'],
  ]);
  expect(linesOf('')).toEqual([]);
  expect(linesOf('ä\u{1F600}\n')).toEqual([[0, 'ä\u{1F600}']]);
});

it('the position is a line, so a reader continues in the middle', () => {
  expect(linesOf('a\nb\nc\n', 2)).toEqual([[2, 'c']]);
  expect(linesOf('a\nb\nc\n', 3)).toEqual([]);
});

it('a file that is gone fails its reader by name', () => {
  const stage = new Stage();
  const failures: unknown[] = [];
  stage.play(function* (_stage, ports): Coroutine<void> {
    const scope = ports.scope.child('task', (error) => failures.push(error));
    fileSource({ prefix: 'f' }).createReader({ id: 'f-0', position: 0 }, { ports, scope, fetchMaxRecords: 1 });
    yield* ports.clock.sleep(50);
  });
  expect(failures.map(String)).toEqual([expect.stringContaining('file f-0 is gone')]);
});
