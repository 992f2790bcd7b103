import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inOrder } from './memory.ts';

const kinds = ['record', 'advance', 'afresh', 'sieved', 'dropped'] as const;
const isTurn = (kind: (typeof kinds)[number]): boolean => kind === 'record' || kind === 'advance';

it('turns come by their orders; what is no turn behind the turn of its order, else as they are found', () => {
  const node = fc.record({
    order: fc.integer({ min: 1, max: 20 }),
    input: fc.record({ kind: fc.constantFrom(...kinds) }),
  });
  fc.assert(
    fc.property(fc.array(node), (nodes) => {
      const found = nodes.map((one) => ({ node: one }));
      const place = ({ node: { input } }: (typeof found)[number]): number => (isTurn(input.kind) ? 0 : 1);
      const sorted = found.toSorted((a, b) => a.node.order - b.node.order || place(a) - place(b));
      expect(inOrder(found).every((turn, i) => turn === sorted[i])).toBe(true);
      expect(inOrder(found)).toHaveLength(found.length);
    }),
  );
});
