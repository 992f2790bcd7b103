/** What a command works with: scenarios, and what a project adds to them. Made again from a `Source` in every process. */
import { defaultParts } from '../core/parts.ts';
import { LAWS } from '../properties/laws/index.ts';
import type { Law } from '../properties/laws/law.ts';
import type { MarkInfo } from '../properties/campaign/summary.ts';
import { MARKS } from '../properties/marks/index.ts';
import type { Mark } from '../properties/marks/mark.ts';
import type { RunOptions } from '../properties/run/run.ts';
import { type Reporter, REPORTERS } from '../reports/reporters.ts';
import type { Config } from './config.ts';
import { type Scenarios, scenariosOf, type Source } from './scenarios.ts';

export interface Workspace {
  readonly source: Source;
  readonly scenarios: Scenarios;
  readonly laws: readonly Law[];
  readonly marks: readonly (Mark & MarkInfo)[];
  readonly reporters: readonly Reporter[];
  /** For every run. */
  readonly options: Pick<RunOptions, 'parts' | 'own'>;
  /** Undefined: that of the platform. */
  readonly caseDirectory: string | undefined;
}

/** `config`: what the file of the source says; `{}` for a source without one. */
export function workspaceOf(source: Source, config: Config = {}): Workspace {
  const { laws = [], marks = [], reporters = [], parts = {}, caseDirectory } = config;
  // A project's jobs need not have windows, say: which of our states they can reach at all, nobody has said.
  const ours = config.scenarios === undefined ? MARKS : MARKS.map((mark) => ({ ...mark, optional: true }));
  return {
    source,
    scenarios: scenariosOf(source, config.scenarios),
    laws: [...LAWS, ...laws],
    marks: [...ours, ...marks],
    reporters: [...REPORTERS, ...reporters],
    options: { parts: { ...defaultParts, ...parts }, own: { laws, marks } },
    caseDirectory: caseDirectory ?? (source.kind === 'config' ? 'millrace-cases' : undefined),
  };
}
