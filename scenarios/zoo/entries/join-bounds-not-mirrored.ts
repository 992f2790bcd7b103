import type { ZooEntry } from '../entry.ts';

export const joinBoundsNotMirrored: ZooEntry = {
  id: 'join-bounds-not-mirrored',
  title: 'A right element looks for its partners within the bounds of a left one',
  origin: 'bounds that are relative to the other side: correct from one side only',
  file: 'core/operators/interval-join-operator.ts',
  find: `      fromMs: -upperMs,
      toMs: -lowerMs,
`,
  replace: `      fromMs: lowerMs,
      toMs: upperMs,
`,
  law: 'join-complete',
};
