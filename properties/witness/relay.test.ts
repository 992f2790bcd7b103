import { expect, it } from 'vitest';
import { FACT_KINDS, type Facts, type Probe, type TaskId } from '../../core/facts.ts';
import { COPY } from '../testing/jobs.ts';
import { createModel } from '../model/model.ts';
import { AttemptRecord } from './attempt.ts';
import { heardBy } from './heard.ts';
import type { WitnessListener } from './listener.ts';
import { relayProbe } from './relay.ts';
import { VertexRecord } from './vertex.ts';

const model = createModel(COPY);
const vertices = new Map(model.vertices.map((vertex) => [vertex.uid, new VertexRecord(vertex)]));
const parallelism = new Map(model.vertices.map(({ uid }) => [uid, 1]));
const starting: Facts['attemptStarting'] = { attempt: 2, leaderEpoch: 1, restoredFrom: undefined, parallelism };
const attempt = new AttemptRecord(starting, undefined, model, vertices);
attempt.expectAll();
const [source] = attempt.tasks();

function relayTo(listener: WitnessListener): Probe {
  const task = (id: TaskId) => (id.attempt === attempt.number ? attempt.task(id) : undefined);
  return relayProbe({ heard: heardBy([listener]), attempt, task }, FACT_KINDS);
}

it('a kind that no law hears is not relayed', () => {
  expect(Object.keys(relayTo({ outputBlocked: () => undefined }))).toEqual(['outputBlocked']);
});

it('a fact of a task and a channel comes resolved to both, and only from the newest attempt', () => {
  const heard: string[] = [];
  const probe = relayTo({
    outputBlocked: (task, channel) => heard.push(`${task.name} ${channel.edge}:${channel.receiver}`),
    declined: (task, { checkpoint }) => heard.push(`${task.name} declines ${checkpoint}`),
  });
  const own = { vertex: source?.vertex.uid ?? '', subtask: 0, attempt: 2 };
  const channel = { edge: 0, attempt: 2, sender: 0, receiver: 0 };
  const declined = { checkpoint: 7, reason: 'not-ready', message: '' } as const;
  probe.outputBlocked?.({ task: own, channel });
  probe.outputBlocked?.({ task: { ...own, attempt: 1 }, channel: { ...channel, attempt: 1 } });
  probe.declined?.({ task: own, ...declined });
  probe.declined?.({ task: { ...own, attempt: 1 }, ...declined });
  expect(heard).toEqual(['in[0] 0:0', 'in[0] declines 7']);
});

it('a fact of an attempt is relayed from the newest only, unless failures are meant: they count wherever they happen', () => {
  const heard: string[] = [];
  const probe = relayTo({
    attemptRunning: (fact) => heard.push(`${fact.attempt} runs`),
    attemptFailed: (fact) => heard.push(`${fact.attempt} failed`),
  });
  for (const number of [1, 2]) {
    probe.attemptRunning?.({ attempt: number });
    probe.attemptFailed?.({ attempt: number, message: '', fault: undefined });
  }
  expect(heard).toEqual(['1 failed', '2 runs', '2 failed']);
});
