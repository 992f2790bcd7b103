import { expect, it } from 'vitest';
import { int32, record, string } from '../job/types.ts';
import { fileSink } from './file/file-sink.ts';
import { fileSource } from './file/file-source.ts';
import { atLeastOnceSink } from './log/at-least-once-sink.ts';
import { logSink } from './log/log-sink.ts';
import { logSource } from './log/log-source.ts';
import { guardedSink, guardedSource } from './own-code.ts';
import type { Sink } from './sink.ts';
import type { Source } from './source.ts';
import { upsertSink } from './upsert/upsert-sink.ts';

const row = record({ id: string });
const SOURCES: readonly Source[] = [logSource({ topic: 't', type: int32 }), fileSource({ prefix: 'p' })];
const SINKS: readonly Sink[] = [
  logSink({ topic: 't', type: int32 }),
  atLeastOnceSink({ topic: 't', type: int32 }),
  fileSink({ path: 'p', type: int32 }),
  upsertSink({ table: 't', type: row, key: ({ id }) => id }),
];

it('our own connectors are used as they are: what they throw is a bug of ours', () => {
  for (const source of SOURCES) expect(guardedSource('in', source)).toBe(source);
  for (const sink of SINKS) expect(guardedSink('out', sink)).toBe(sink);
});

it('those of an author are not, though they have the same name: what was made of ours is not ours', () => {
  for (const source of SOURCES) {
    const made = { ...source };
    expect(guardedSource('in', made)).not.toBe(made);
  }
  for (const sink of SINKS) {
    const made = { ...sink };
    expect(guardedSink('out', made)).not.toBe(made);
  }
});
