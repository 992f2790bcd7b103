/**
 * Documents that are made from the code: `npm run docs` writes them, and a test says when one of them is out of date.
 * To add one: a line in the table below.
 */
import { faultsReadme } from './faults-readme.ts';
import { lawsReadme } from './laws-readme.ts';
import { zooReadme } from './zoo-readme.ts';

export interface GeneratedDoc {
  /** From the top of the repository. */
  readonly path: string;
  text(): string;
}

export const GENERATED_DOCS: readonly GeneratedDoc[] = [
  { path: 'sim/faults/README.md', text: faultsReadme },
  { path: 'properties/laws/README.md', text: lawsReadme },
  { path: 'scenarios/zoo/README.md', text: zooReadme },
];
