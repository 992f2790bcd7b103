/** The built-in scenarios. */
import type { Scenario } from '../properties/plan/scenario.ts';
import { exact, sessions, sliding, spread } from './jobs/earthquakes/index.ts';
import { enrichment } from './jobs/enrichment.ts';
import { evolving } from './jobs/evolving.ts';
import { forked } from './jobs/forked.ts';
import { files } from './jobs/files.ts';
import * as keyed from './jobs/keyed/index.ts';
import { idleSources } from './jobs/idle-sources.ts';
import { intervalJoin } from './jobs/interval-join.ts';
import { nexmark } from './jobs/nexmark/index.ts';
import { rulesScenario } from './jobs/rules.ts';
import { smoke } from './jobs/smoke.ts';
import { tableJoin } from './jobs/table-join.ts';
import { timers } from './jobs/timers.ts';
import { topologies } from './jobs/topologies.ts';
import { unbounded } from './jobs/unbounded.ts';
import { windows } from './jobs/windows.ts';

export { inputScenario } from './jobs/window-count.ts';

/** In the order in which they are listed. */
export const scenarios: readonly Scenario[] = [
  smoke,
  topologies,
  ...nexmark,
  exact,
  spread,
  sessions,
  sliding,
  files,
  unbounded,
  keyed.sessions,
  keyed.pattern,
  keyed.joinBuffers,
  keyed.onlineLearning,
  keyed.dedup,
  keyed.bigState,
  evolving,
  forked,
  rulesScenario,
  idleSources,
  timers,
  windows,
  intervalJoin,
  tableJoin,
  enrichment,
];
