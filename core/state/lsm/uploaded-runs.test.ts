import { expect, it } from 'vitest';
import { UploadedRuns } from './uploaded-runs.ts';

const runs = (...ids: number[]) => new Map(ids.map((id) => [id, `object-${id}`]));

it('names what a checkpoint holds only once its own completion was notified', () => {
  const uploaded = new UploadedRuns();
  uploaded.taken(1, runs(1, 2));
  expect(uploaded.objectOf(1)).toBeUndefined();
  uploaded.completed(1);
  expect([uploaded.objectOf(1), uploaded.objectOf(3)]).toEqual(['object-1', undefined]);
});

it('a newer completion is the base, an older one that comes late is none, one of which nothing is known leaves none', () => {
  const uploaded = new UploadedRuns();
  uploaded.taken(1, new Map([[1, 'first']]));
  uploaded.taken(2, new Map([[1, 'second']]));
  uploaded.completed(2);
  uploaded.completed(1);
  expect(uploaded.objectOf(1)).toBe('second');
  uploaded.taken(3, new Map([[1, 'third']]));
  uploaded.aborted(3);
  uploaded.completed(3);
  expect(uploaded.objectOf(1)).toBeUndefined();
});

it('what was restored is the base until a newer one is complete', () => {
  const uploaded = new UploadedRuns();
  uploaded.restored(runs(5));
  uploaded.taken(9, runs(5, 6));
  expect([uploaded.objectOf(5), uploaded.objectOf(6)]).toEqual(['object-5', undefined]);
  uploaded.completed(9);
  expect(uploaded.objectOf(6)).toBe('object-6');
});
