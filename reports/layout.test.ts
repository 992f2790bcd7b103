import { expect, it } from 'vitest';
import { fitted, listed, rightAligned, tabled } from './layout.ts';

it('lists fill their lines', () => {
  expect(listed(['one 1', 'two 2', 'three 3', 'four 4'], 16)).toEqual(['one 1, two 2,', 'three 3, four 4']);
  expect(listed(['much too long for it', 'a'], 10)).toEqual(['much too long for it,', 'a']);
  expect(listed([], 10)).toEqual([]);
});

it('tables have as many columns as fit, at least one', () => {
  const cells = [
    ['restored', '50 %'],
    ['late', '3.1 %'],
    ['zombie', '0.1 %'],
  ] as const;
  expect(tabled(cells, 40)).toEqual(['restored   50 %   late  3.1 %', 'zombie    0.1 %']);
  expect(tabled(cells, 20)).toEqual(['restored   50 %', 'late      3.1 %', 'zombie    0.1 %']);
  expect(tabled(cells, 80)).toEqual(['restored  50 %   late  3.1 %   zombie  0.1 %']);
  expect(tabled([], 20)).toEqual([]);
});

it('on a terminal of any width no line is longer, but a command', () => {
  const rows = [
    'FALSIFIED  sinks/duplicate/late-topic in 1 run; barriers-forwarded/not-forwarded/profile in 3 runs',
    '  scenarios    dedup 78, earthquakes/exact 78, earthquakes/sessions 78, earthquakes/sliding 78, earthquakes/spread 78',
    '              34.000 ms  jobmanager     attemptStarting attempt=1 leaderEpoch=1 parallelism={"clicks":2,"once":2}',
    `                  value  ${'x'.repeat(300)}`,
  ];
  for (const columns of [60, 80, 120]) {
    const text = fitted(rows.join('\n'), columns);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
    expect(text.replaceAll(/\s+/g, '')).toBe(rows.join('').replaceAll(/\s+/g, ''));
  }
  expect(fitted(rows[1] ?? '', 60)).toBe(
    [
      '  scenarios    dedup 78, earthquakes/exact 78,',
      '               earthquakes/sessions 78, earthquakes/sliding',
      '               78, earthquakes/spread 78',
    ].join('\n'),
  );
  const command = `  reproduce   npx millrace replay scenario --seed 45c90e44492e0778 --config 'a very long name of a file.mjs'`;
  expect(fitted(command, 60)).toBe(command);
});

it('columns are as wide as their widest cell, which stand to the right', () => {
  const rows = [
    ['interval', 'run'],
    ['5 ms', '1,870 ms'],
  ];
  expect(rightAligned(rows)).toEqual(['interval       run', '    5 ms  1,870 ms']);
});
