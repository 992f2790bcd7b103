/**
 * State ends empty: what the job remembers of a key is forgotten in the end (`Expectations.stateEndsEmpty`). A job that
 * leaves something behind for each key grows for as long as it runs.
 *
 * Verified after settling, when event time has ended: no keyed operator holds an entry of any state, nor a timer. Asked of
 * the model's state, which the engine's is compared with at every checkpoint.
 * Not verified: broadcast state, which is there to stay; what connectors keep; runs whose checkpoints are at-least-once.
 */
import { defineLaw } from './define.ts';
import { note } from './evidence.ts';
import { whyNotExact } from './oracles.ts';

const SHOWN = 3;

export const stateEndsEmpty = defineLaw({
  name: 'state-ends-empty',
  states: 'After settling no keyed operator of a job that is declared so holds state or timers.',
  compares: 'what keyed operators hold at the end of a job that is declared `stateEndsEmpty`',
  anomalies: ['state', 'timers'],
  judge(witness, report, compared) {
    const { world } = witness;
    if (world.expects.stateEndsEmpty !== true) return {};
    return {
      settled: () => {
        const unjudged = whyNotExact(witness);
        if (unjudged !== undefined) {
          world.asked('stateEndsEmpty', '*', { unjudged });
          return;
        }
        for (const { uid, kind } of witness.vertices.values()) {
          if (kind !== 'keyed') continue;
          const instances = witness.finalInstances(uid).filter(({ diverged }) => !diverged);
          const used = instances.filter(({ turns }) => turns > 0).length;
          if (used > 0) compared();
          world.asked('stateEndsEmpty', uid, { records: used });
          const contents = instances.flatMap(({ model }) => (model === undefined ? [] : [model.content()]));
          const entries = contents.flatMap((content) => content.entries);
          const timers = contents.flatMap((content) => content.timers);
          if (entries.length > 0) {
            report(
              'state',
              uid,
              `when everything is done, ${uid} still holds state: ${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}`,
              entries
                .slice(0, SHOWN)
                .flatMap(({ state, key, value }) => [
                  note.text('state', state),
                  note.value('key', key),
                  note.value('value', value),
                ]),
            );
          }
          if (timers.length > 0) {
            report(
              'timers',
              uid,
              `when everything is done, ${uid} still waits for ${timers.length} timer${timers.length === 1 ? '' : 's'}`,
              timers
                .slice(0, SHOWN)
                .map((timer) => note.value(`${timer.domain} timer`, { at: timer.timestamp, key: timer.key })),
            );
          }
        }
      },
    };
  },
});
