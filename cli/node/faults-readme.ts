/** `sim/faults/README.md`: a table of all faults, from the faults themselves. */
import { MARKS } from '../../properties/marks/index.ts';
import { zooEntries } from '../../scenarios/zoo/index.ts';
import { INCIDENTS, RATES } from '../../sim/faults/index.ts';
import type { FaultInfo } from '../../sim/faults/vocabulary/define.ts';
import type { Field } from '../../sim/faults/vocabulary/fields.ts';
import { table } from './markdown.ts';

const HEAD = [
  'fault',
  'knob or incident',
  'default',
  'range',
  'real-world cause',
  'test that shows it fires',
  'planted bug',
  'marks',
];

export function faultsReadme(): string {
  return `# Faults

Made from the code by \`npm run docs\`; a test keeps it true.

Each fault is a file of this folder: what it is in the real world, how plans draw it, what it does, what it costs a run, and
how reports say it. Every plan draws a random subset of them, and some plans draw none. To add one: its file and a line in
\`index.ts\`; schema, shrinking, generation, deadlines, reports and this table follow. What a rate does is done by the service
that reads its knobs.

Besides, plans draw the configuration of the engine as if it were a fault (buffers of one record, intervals of 1 ms, many key
groups or few, checkpoints that overlap and expire): \`millrace list --all\` shows every knob.

## Incidents: they happen at a chosen instant

A time, the n-th fact of a kind, or the n-th port call of a process. Operations that a person does to a job are among them.

${table(
  HEAD,
  INCIDENTS.map((fault) => [
    fault.title,
    `incident \`${fault.kind}\``,
    'none',
    rangesOf(fault.fields),
    ...proofOf(fault),
  ]),
)}

## Rates: a service or the scheduler is unkind by itself

${table(HEAD, RATES.flatMap(rateRows))}
`;
}

function rateRows(fault: (typeof RATES)[number]): readonly (readonly string[])[] {
  const parked = fault.parked === undefined ? '' : ` (parked, plans do not draw it: ${fault.parked})`;
  return Object.entries(fault.knobs).map(([name, { calm, min, max, unit, doc }]) => [
    `${fault.title}: ${doc}${parked}`,
    `\`${name}\``,
    String(calm),
    `${min} to ${max} ${unit.replace('per1000', 'per 1000')}`,
    ...proofOf(fault),
  ]);
}

function rangesOf(fields: Readonly<Record<string, Field>>): string {
  return Object.entries(fields)
    .map(([name, field]) => (field.type === 'whole' ? `\`${name}\` ${field.min} to ${field.max}` : `\`${name}\``))
    .join(', ');
}

function proofOf({ cause, test, finds, marks = [] }: FaultInfo): readonly string[] {
  const [file, title] = test;
  return [cause, `\`${file}\`: ${title}`, finds === undefined ? '' : bug(finds), marks.map(mark).join(', ')];
}

function bug(id: string): string {
  const entry = zooEntries.find((planted) => planted.id === id);
  if (entry === undefined) throw new RangeError(`a fault names the planted bug ${id}, and there is none`);
  return `\`${id}\``;
}

function mark(name: string): string {
  if (!MARKS.some((one) => one.name === name))
    throw new RangeError(`a fault names the mark ${name}, and there is none`);
  return `\`${name}\``;
}
