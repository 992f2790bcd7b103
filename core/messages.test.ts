import { expect, it } from 'vitest';
import { encodeMessage, openMessage } from './messages.ts';

const header = { leaderEpoch: 3, attempt: 7, checkpoint: 12 };

it('a message arrives with its header and body', () => {
  const body = {
    vertex: 'window',
    subtask: 1,
    snapshot: {
      keyed: [{ first: 0, last: 3, objects: ['o'], own: [0, 5, 2 ** 40] }],
      checksums: [7, -1],
      splits: [
        {
          version: 2,
          split: Uint8Array.of(0, 255, 7),
          maxTimestamp: -5,
          lastWatermark: Number.MIN_SAFE_INTEGER,
          generator: null,
        },
      ],
      pending: [{ sink: 's', version: 1, committable: new Uint8Array(0), checkpoint: 4 }],
      broadcast: null,
      operatorState: [],
      channelState: [{ side: 'input', edge: 2, sender: 1, receiver: 0, object: 'c', at: 3, length: 40, records: 2 }],
      inline: [{ object: 'c', bytes: Uint8Array.of(1, 2), checksum: 7 }],
      finished: false,
      ended: false,
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
  openMessage(encodeMessage('acknowledge', header, body)).deliver(
    {
      acknowledge: (gotHeader, gotBody, from: string) => {
        heard = [gotHeader, gotBody, from];
      },
    },
    'taskmanager-1',
  );
  expect(heard).toEqual([header, body, 'taskmanager-1']);
});

it('a message without a checkpoint says so', () => {
  let heard: unknown;
  openMessage(encodeMessage('heartbeat', { ...header, checkpoint: -1 }, {})).deliver(
    {
      heartbeat: (got) => {
        heard = got.checkpoint;
      },
    },
    undefined,
  );
  expect(heard).toBe(-1);
});

it('a kind that the endpoint does not take is a bug by name', () => {
  expect(() => {
    openMessage(encodeMessage('cancel', header, {})).deliver({}, undefined);
  }).toThrow(/cancel message/);
});

it('an unknown kind is a bug by name', () => {
  expect(() => openMessage(new Uint8Array([200, 0, 0, 0]))).toThrow(/no known kind/);
});

it('who takes a kind is known before its body is read', () => {
  const isTo = (bytes: Uint8Array) => {
    const message = openMessage(bytes);
    return (['jobManager', 'attempt', 'taskManager'] as const).filter((endpoint) => message.isTo(endpoint));
  };
  expect(isTo(encodeMessage('taskFinished', header, { vertex: 'a', subtask: 0 }))).toEqual(['attempt']);
  expect(isTo(encodeMessage('heartbeat', header, {}))).toEqual(['jobManager', 'taskManager']);
});

it('the byte of a kind on the wire stays: old and new processes talk to each other', () => {
  const named = { vertex: 'a', subtask: 0 };
  const bytes = [
    encodeMessage('register', header, { taskManager: '', host: '', incarnation: 0, slots: 0 }),
    encodeMessage('heartbeat', header, {}),
    encodeMessage('taskRunning', header, named),
    encodeMessage('taskFinished', header, named),
    encodeMessage('attemptCancelled', header, {}),
    encodeMessage('registered', header, {}),
    encodeMessage('cancel', header, {}),
    encodeMessage('noMoreSplits', header, { source: 'a', subtask: 0 }),
  ];
  expect(bytes.map((message) => message[0])).toEqual([0, 1, 2, 7, 8, 9, 11, 16]);
});
