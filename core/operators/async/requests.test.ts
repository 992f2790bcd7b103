import { expect, it } from 'vitest';
import type { AsyncRetry } from '../../job/async-functions.ts';
import type { ServiceAnswer } from '../../ports.ts';
import { ManualClock } from '../../task/testing/manual-ports.ts';
import { type RequestEvent, Requests } from './requests.ts';

const FAILED: ServiceAnswer = { kind: 'failed', message: 'no' };

/** Requests with a clock that the test moves; `sent`: "element/nth@ms". */
function asking(retry?: AsyncRetry, timeoutMs = 1_000) {
  const clock = new ManualClock();
  const sent: string[] = [];
  const events: RequestEvent[] = [];
  const answers: ((answer: ServiceAnswer) => void)[] = [];
  const requests = new Requests({
    clock,
    services: { ask: (_service, _request, answered) => void answers.push(answered) },
    service: 's',
    timeoutMs,
    retry,
    post: (event) => {
      events.push(event);
      if (event.kind === 'retry') requests.again(event.element);
    },
    sent: (element, nth) => void sent.push(`${element}/${nth}@${clock.monotonic()}`),
  });
  return { clock, sent, events, answers, requests };
}

it('an element is asked about again after each failure, later and later, and no more often than the job allows', () => {
  const { clock, sent, requests } = asking({ retries: 4, delayMs: 10, multiplier: 3, delayMaxMs: 100 });
  requests.ask(0, new Uint8Array());
  for (const ms of [10, 30, 90, 100]) {
    requests.failed(0, 'no');
    clock.advance(ms - 1);
    clock.advance(1);
  }
  expect(sent).toEqual(['0/1@0', '0/2@10', '0/3@40', '0/4@130', '0/5@230']);
  expect(() => {
    requests.failed(0, 'no');
  }).toThrow('service s: request 5 about an element has failed: no');
});

it('without retries the first failure is the last', () => {
  const { requests } = asking();
  requests.ask(0, new Uint8Array());
  expect(() => {
    requests.failed(0, 'no');
  }).toThrow('request 1');
});

it('an answer counts if it is of the newest request about an element that is not over, and has not failed', () => {
  const { clock, requests } = asking({ retries: 1, delayMs: 10 });
  expect(requests.counts(0, 1)).toBe(false);
  requests.ask(0, new Uint8Array());
  expect([requests.counts(0, 1), requests.counts(0, 2)]).toEqual([true, false]);
  requests.failed(0, 'no');
  expect(requests.counts(0, 1)).toBe(false);
  clock.advance(10);
  expect([requests.counts(0, 1), requests.counts(0, 2)]).toEqual([false, true]);
  requests.close(0);
  expect([requests.isOpen(0), requests.counts(0, 2)]).toEqual([false, false]);
});

it('the time of an element runs from its first request over all retries, and ends with it', () => {
  const { clock, events, requests } = asking({ retries: 9, delayMs: 400 }, 1_000);
  requests.ask(0, new Uint8Array());
  requests.ask(1, new Uint8Array());
  requests.close(1);
  requests.failed(0, 'no');
  clock.advance(400);
  clock.advance(599);
  expect(events.map(({ kind }) => kind)).toEqual(['retry']);
  clock.advance(1);
  expect(events.at(-1)).toEqual({ kind: 'timeout', element: 0 });
});

it('when all input has come what waits for a retry gets its last one at once', () => {
  const { clock, sent, requests } = asking({ retries: 5, delayMs: 100 });
  for (const element of [0, 1]) requests.ask(element, new Uint8Array());
  requests.failed(1, 'no');
  clock.advance(30);
  expect(requests.retrying).toEqual([1]);
  requests.last();
  expect(sent).toEqual(['0/1@0', '1/1@0', '1/2@30']);
  clock.advance(1_000 - 31);
  expect(sent).toHaveLength(3);
  expect(() => {
    requests.failed(0, 'no');
  }).toThrow('request 1');
});

it('nothing is heard after the end of the task', () => {
  const { clock, events, answers, requests } = asking({ retries: 5, delayMs: 100 });
  requests.ask(0, new Uint8Array());
  answers[0]?.(FAILED);
  expect(events).toEqual([{ kind: 'answer', element: 0, nth: 1, answer: FAILED }]);
  requests.failed(0, 'no');
  requests.cancel();
  answers[0]?.(FAILED);
  clock.advance(5_000);
  expect(events).toHaveLength(1);
});
