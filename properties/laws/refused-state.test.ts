import { expect, it } from 'vitest';
import { isLostObject } from './refused-state.ts';

it('a job that lacks an object is refused by the plan only if a fault has taken that very object, and the engine names it', () => {
  const refused = (message: string): boolean =>
    isLostObject({ isLost: (name) => name === 'job/1-3/metadata' }, message);
  expect(refused('checkpoint 3 cannot be restored: object job/1-3/metadata is missing; start the job from')).toBe(true);
  expect(refused('checkpoint 3 cannot be restored: object job/1-3/map-0 is missing; start the job from')).toBe(false);
  // Tried again and again, until there were no attempts left.
  expect(refused('checkpoint object job/1-3/metadata is missing')).toBe(false);
});
