/**
 * `millrace corpus`: the kept cases that `gate` replays. A campaign writes what it finds elsewhere; what is worth keeping for
 * good is added here by hand.
 */
import type { KeptResult } from '../../properties/campaign/kept.ts';
import { count, plural } from '../../reports/words.ts';
import { BadUsage, EXIT, type ExitCode } from '../exit-codes.ts';
import type { Platform } from '../platform.ts';
import type { Workspace } from '../workspace.ts';
import { caseDirectoryOf, corpusDirectoryOf, putCase } from './cases.ts';
import { corpusIn, keptIn, keptInWords, runKept } from './kept.ts';

/** A line a case: file, signature, and how large it is. */
export async function corpusList(platform: Platform, workspace: Workspace): Promise<ExitCode> {
  const { items } = await corpusIn(platform, workspace, corpusDirectoryOf(platform, workspace));
  const lines = items.flatMap(({ file, kept }) => {
    if (kept.kind !== 'case') return [];
    const { signature, shrunk } = kept.kase;
    return [
      `${file}  ${signature}  ${plural(shrunk.to.records, 'record')}, ${plural(shrunk.to.incidents, 'incident')}`,
    ];
  });
  platform.print([...lines, plural(lines.length, 'case')].join('\n'));
  return EXIT.held;
}

/** Puts cases into the corpus, under the names that their content gives them. Throws `BadUsage`, `InvalidInput`. */
export async function corpusAdd(platform: Platform, workspace: Workspace, files: readonly string[]): Promise<ExitCode> {
  const { parseCase } = await import('../../properties/case/parse.ts');
  // All are read before any is written.
  const cases = files.map((file) => {
    const text = platform.readText(file);
    if (text === undefined) throw new BadUsage(`there is no file ${file}`);
    const kase = parseCase(text, file);
    workspace.scenarios.named(kase.scenario);
    return kase;
  });
  for (const kase of cases) {
    const path = putCase(platform, corpusDirectoryOf(platform, workspace), kase);
    platform.print(`${path}  ${kase.signature}`);
  }
  return EXIT.held;
}

/** Replays all of it: held if every case passes now. */
export async function corpusCheck(platform: Platform, workspace: Workspace): Promise<ExitCode> {
  const results = await runKept(
    platform,
    workspace,
    await corpusIn(platform, workspace, corpusDirectoryOf(platform, workspace)),
  );
  for (const result of results) if (result.answer.kind !== 'passes') platform.print(`${keptInWords(result)}\n`);
  const passing = results.filter(isPassing).length;
  platform.print(`${count(passing)} of ${plural(results.length, 'case')} pass now`);
  if (platform.interrupted()) return EXIT.interrupted;
  return passing === results.length ? EXIT.held : EXIT.lawBroke;
}

/**
 * Takes away what campaigns have left and is of no more use: files of failing runs all of which pass now, and cases that pass now
 * or no longer apply. The corpus is not touched, unless campaigns write there.
 */
export async function corpusPrune(platform: Platform, workspace: Workspace): Promise<ExitCode> {
  const directory = caseDirectoryOf(platform, workspace);
  const isCorpus = directory === corpusDirectoryOf(platform, workspace);
  if (isCorpus) platform.warn(`${directory} is the corpus, too: cases that pass stay, as what must not break again`);
  const things = await keptIn(platform, workspace, directory, true);
  const results = await runKept(platform, workspace, things);
  if (platform.interrupted()) return EXIT.interrupted;
  const byFile = new Map<string, KeptResult[]>();
  for (const result of results) byFile.set(result.file, [...(byFile.get(result.file) ?? []), result]);
  let removed = 0;
  for (const [file, of] of byFile) {
    // A file of failing runs may hold some that were not run: those of other flags.
    const isWhole = file.endsWith('.json') ? !isCorpus : of.length === linesIn(platform, file);
    if (!isWhole || of.some(({ answer }) => answer.kind === 'fails' || answer.kind === 'differs')) continue;
    platform.remove(file);
    platform.print(`removed ${file}`);
    removed += 1;
  }
  platform.print(`${plural(removed, 'file')} removed, ${count(byFile.size - removed)} left`);
  return EXIT.held;
}

function linesIn(platform: Platform, file: string): number {
  return (platform.readText(file) ?? '').split('\n').filter((line) => line.trim() !== '').length;
}

function isPassing({ answer }: KeptResult): boolean {
  return answer.kind === 'passes';
}
