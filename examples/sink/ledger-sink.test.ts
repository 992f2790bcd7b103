import { boundedOutOfOrderness, defineJob, int64, logSource, record, string, valueState } from 'millrace';
import { sinkContract } from 'millrace/parts';
import { expand, type Law, type Plan, run, type Scenario, topicsOf } from 'millrace/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bookedIn, ledgerSink } from './ledger-sink.ts';

const payment = record({ id: string, account: string, cents: int64, at: int64 });
const booking = record({ id: string, account: string, balance: int64 });

describe('the contract of sinks', () => {
  const underTest = () => ({
    sink: ledgerSink('ledger', int64),
    values: [1, 2, 3, 4, 5, 6],
    fill: () => undefined,
    visible: ({ objects }: { readonly objects: Store }) =>
      bookedIn(
        'ledger',
        int64,
        (prefix) => objects.names(prefix),
        (name) => objects.object(name),
      ),
  });
  for (const { name, check } of sinkContract(underTest)) it(name, check);
});

interface Store {
  names(prefix: string): readonly string[];
  object(name: string): Uint8Array | undefined;
}

const balance = valueState('balance', int64);
const job = defineJob('payments', (env) => {
  env
    .fromSource(logSource({ topic: 'payments', type: payment }), {
      uid: 'payments',
      watermarks: boundedOutOfOrderness({ timestamp: ({ at }) => at, delayMs: 0, periodMs: 10 }),
    })
    .keyBy(({ account }) => account, string)
    .process(
      () => ({
        processElement({ id, account, cents }, ctx, out) {
          const state = ctx.getState(balance);
          const sum = (state.value() ?? 0) + cents;
          state.update(sum);
          out.collect({ id, account, balance: sum });
        },
      }),
      booking,
    )
    .uid('balances')
    .sinkTo(ledgerSink('ledger', booking), { uid: 'ledger' });
});

const scenario: Scenario = {
  id: 'ledger',
  states: 'Payments with the balance behind each, booked in an external ledger.',
  parameters: [],
  generate: (_, count) => ({
    payments: [0, 1].map((partition) =>
      Array.from({ length: count / 2 }, (_unused, i) => ({
        id: `${partition}-${i}`,
        account: `account-${i % 5}`,
        cents: i,
        at: i,
      })),
    ),
  }),
  build: (plan) => ({ job, topics: topicsOf(scenario, plan), confluent: false }),
  recordArbitrary: () =>
    fc.record(
      { id: fc.uuid(), account: fc.constantFrom('a', 'b'), cents: fc.nat(), at: fc.nat() },
      { noNullPrototype: true },
    ),
};

/** The oracle that an author would write: each payment is in the ledger, once. */
const bookedOnce: Law = {
  name: 'booked-once',
  states: 'After settling, each payment is booked once.',
  anomalies: ['differs'],
  listen: (world) => ({
    probe: {},
    settled() {
      const rows = bookedIn(
        'ledger',
        booking,
        (prefix) => world.objects(prefix),
        (name) => world.object(name),
      );
      const booked = rows.map(({ id }) => id).sort();
      const paid = (world.input['payments'] ?? [])
        .flat()
        .map((one) => (one as { readonly id: string }).id)
        .sort();
      if (JSON.stringify(booked) === JSON.stringify(paid)) return;
      world.violated({
        law: 'booked-once',
        anomaly: 'differs',
        place: 'ledger',
        message: `${booked.length} bookings for ${paid.length} payments`,
        evidence: [],
      });
    },
  }),
};

/** At least once would book a payment again after a failure, as it should. */
const exactlyOnce = (seed: string, i: number): Plan => {
  const plan = expand(scenario, seed);
  return { ...plan, config: { ...plan.config, discipline: i % 3 } };
};

it('holds in a campaign: whole clusters, with kills, lost replies and rescaling', () => {
  let restores = 0;
  for (let i = 0; i < 60; i++) {
    const { verdict, violations, counters } = run(scenario, exactlyOnce(`ledger-${i}`, i), {
      own: { laws: [bookedOnce], marks: [] },
    });
    // Refused: the store has lost what a checkpoint consists of, and the job says so.
    expect({ i, violations }).toEqual({ i, violations: [] });
    expect(verdict).toMatch(/^(pass|refused)$/);
    restores += counters.restores;
  }
  expect(restores).toBeGreaterThan(20);
});
