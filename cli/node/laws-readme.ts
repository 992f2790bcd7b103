/** `properties/laws/README.md`: a table of all laws, from the laws themselves. */
import { LAWS } from '../../properties/laws/index.ts';
import { lawsOf } from '../../scenarios/zoo/entry.ts';
import { zooEntries } from '../../scenarios/zoo/index.ts';
import { table } from './markdown.ts';

export function lawsReadme(): string {
  return `# Laws

Made from the code by \`npm run docs\`; a test keeps it true.

Each law is a file of this folder: what it verifies, and what it does not and why. The worst comes first, as in reports: what a
user of the job's output would see, then what explains it, then what may still be harmless. Each anomaly has two hand-made
histories in the law's test, one that is accepted and one that breaks only this clause. To add a law: its file (with its test)
and a line in \`index.ts\`; reports, the ranking and this table follow.

A law *compares* where it sets something that the engine did against what it must be. A run in which there was nothing of that kind
is green, and says nothing: a campaign tells for each law in how many of its runs it has compared something, and which laws never have.

The last column counts the planted bugs of \`scenarios/zoo\` that are found by this law.

${table(
  ['law', 'states', 'compares', 'anomalies', 'planted bugs'],
  LAWS.map(({ name, states, compares, anomalies }) => [
    `\`${name}\``,
    states,
    compares,
    anomalies.map((anomaly) => `\`${anomaly}\``).join(', '),
    String(zooEntries.filter((entry) => lawsOf(entry).includes(name)).length),
  ]),
)}

## Batch

A run in batch is judged by all of them but these, which would have nothing to judge, or what is not so there:

${table(
  ['law', 'in batch'],
  LAWS.flatMap(({ name, notInBatch }) => (notInBatch === undefined ? [] : [[`\`${name}\``, notInBatch]])),
)}
`;
}
