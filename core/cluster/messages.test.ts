import { expect, it } from 'vitest';
import { dispatchMessage, encodeMessage } from './messages.ts';

const header = { leaderEpoch: 3, attempt: 7, checkpoint: 12 };

it('a message arrives with its header and body', () => {
  const body = {
    vertex: 'window',
    subtask: 1,
    snapshot: {
      keyed: [{ first: 0, last: 3, objects: ['o'], own: [0, 5, 2 ** 40] }],
      splits: [{ split: 'in-0', offset: 17, maxTimestamp: -5, lastWatermark: Number.MIN_SAFE_INTEGER }],
      pending: [{ sink: 's', transaction: 'j/s/0/1/2', checkpoint: 4 }],
      broadcast: null,
      channelState: [{ side: 'input', edge: 2, sender: 1, receiver: 0, object: 'c', at: 3, length: 40, records: 2 }],
      finished: false,
    },
    metrics: {
      startDelayMs: 3,
      alignmentDurationMs: 0,
      syncDurationMs: 0,
      asyncDurationMs: 12,
      bytesProcessedDuringAlignment: 0,
      bytesPersistedDuringAlignment: 40,
      unalignedCheckpoint: true,
      stateSizeBytes: 90,
    },
  };
  let heard: unknown;
  dispatchMessage(encodeMessage('acknowledge', header, body), {
    acknowledge: (gotHeader, gotBody) => {
      heard = [gotHeader, gotBody];
    },
  });
  expect(heard).toEqual([header, body]);
});

it('a message without a checkpoint says so', () => {
  let heard: unknown;
  dispatchMessage(encodeMessage('heartbeat', { ...header, checkpoint: -1 }, {}), {
    heartbeat: (got) => {
      heard = got.checkpoint;
    },
  });
  expect(heard).toBe(-1);
});

it('a kind that the endpoint does not take is a bug by name', () => {
  expect(() => {
    dispatchMessage(encodeMessage('cancel', header, {}), {});
  }).toThrow(/cancel message/);
});
