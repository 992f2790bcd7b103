/** `scenarios/zoo/README.md`: a table of all planted bugs, from the entries themselves. */
import { lawsOf } from '../../scenarios/zoo/entry.ts';
import { zooEntries } from '../../scenarios/zoo/index.ts';
import { table } from './markdown.ts';

export function zooReadme(): string {
  const rows = [...zooEntries].sort((a, b) => (a.id < b.id ? -1 : 1));
  return `# Planted bugs

Made from the code by \`npm run docs\`; a test keeps it true.

Each entry is an edit of one file of the engine, after a real bug or the mistake that it stands for. \`millrace zoo\` plants them
one at a time while it bundles a worker, and runs the default campaign: each must be found within 2,000 runs, by a law named,
for at least four of five base seeds. The engine has no switch for them. To add one: its file in \`entries/\` and a line in
\`index.ts\`.

${table(
  ['entry', 'what is wrong', 'after', 'law', 'file'],
  rows.map((entry) => {
    const { id, title, origin, file } = entry;
    return [
      `\`${id}\``,
      title,
      origin,
      lawsOf(entry)
        .map((law) => `\`${law}\``)
        .join(' or '),
      `\`${file}\``,
    ];
  }),
)}
`;
}
