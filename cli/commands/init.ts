/** `millrace init`: a configuration, a small job, and a test of it, to begin with. Nothing is overwritten. */
import { BadUsage, EXIT, type ExitCode } from '../exit-codes.ts';
import type { Platform } from '../platform.ts';

const CONFIG = `// @ts-check
import { defineConfig, defineScenario } from 'millrace/testing';
import { input, job, output } from './millrace-example.mjs';

/** What \`npx millrace run\` is about. Every worker loads this file: it must not depend on when or where. */
export default defineConfig({
  scenarios: [defineScenario(job, { input, output, states: 'A running total for each user.' })],
});
`;

const JOB = `// @ts-check
import fc from 'fast-check';
import { defineJob, int64, logSink, logSource, noWatermarks, record, string, valueState } from 'millrace';

const order = record({ user: string, cents: int64 });
/** @typedef {import('millrace').TypeOf<typeof order>} Order */

/** What is remembered is in state, never in a closure: only state survives a failure. */
const spent = valueState('spent', int64);

export const job = defineJob('totals', (env) => {
  env
    .fromSource(logSource({ topic: 'orders', type: order, bounded: true }), {
      uid: 'orders',
      watermarks: noWatermarks({ timestamp: () => 0 }),
    })
    .keyBy((o) => o.user, string)
    .process(
      () => ({
        /** @type {(o: Order, ctx: import('millrace').KeyedContext<string>, out: import('millrace').Collector<Order>) => void} */
        processElement(o, ctx, out) {
          const cents = (ctx.getState(spent).value() ?? 0) + o.cents;
          ctx.getState(spent).update(cents);
          out.collect({ user: o.user, cents });
        },
      }),
      order,
    )
    .uid('spent')
    .sinkTo(logSink({ topic: 'totals', type: order }))
    .uid('out');
});

/** Orders of one user come in one partition, in their order. */
export const input = {
  orders: {
    records: fc.record({ user: fc.constantFrom('ann', 'bob', 'eve'), cents: fc.nat(900) }),
    keyedBy: (/** @type {Order} */ o) => o.user,
  },
};

/**
 * What must be committed, whatever fails: a total behind each order.
 * @param {{ readonly orders: readonly Order[] }} read
 */
export function output({ orders }) {
  const sums = new Map();
  return {
    totals: orders.map(({ user, cents }) => {
      sums.set(user, (sums.get(user) ?? 0) + cents);
      return { user, cents: sums.get(user) };
    }),
  };
}
`;

const TEST = `// @ts-check
import test from 'node:test';
import { check } from 'millrace/testing';
import { input, job, output } from './millrace-example.mjs';

test('totals are right, whatever fails', () => {
  check(job, { input, output });
});
`;

const FILES = { 'millrace.config.mjs': CONFIG, 'millrace-example.mjs': JOB, 'millrace-example.test.mjs': TEST };

/** Throws `BadUsage` if one of the files is there. */
export function initCommand(platform: Platform): ExitCode {
  const config = platform.findConfig();
  const there = Object.keys(FILES).filter((file) => file === config || platform.readText(file) !== undefined);
  const taken = config === undefined || there.includes(config) ? there : [config, ...there];
  if (taken.length > 0) {
    throw new BadUsage(`init: ${taken.join(', ')}: there already; nothing was written. Move it, or start elsewhere`);
  }
  for (const [file, text] of Object.entries(FILES)) platform.writeText(file, text);
  platform.print(
    [
      `wrote ${Object.keys(FILES).join(', ')}`,
      '  node --test                a test of the job: it throws with a report if a fault breaks it',
      '  npx millrace run           the same job in a campaign of 2,100 runs',
      '  npx millrace list          what there is to run',
    ].join('\n'),
  );
  return EXIT.held;
}
