/**
 * A failing run as it is written down the moment it is met: one line, so that whatever happens to the process afterwards,
 * the seed is known. A line carries its own checksum: one that was cut off by a crash is counted, not believed.
 */
import { hashText } from '../../sim/kernel/digest.ts';
import { canonicalText } from '../plan/canonical.ts';
import { signatureOf, type Verdict, type Violation } from '../outcome.ts';

interface Run {
  /** Its number in the campaign. */
  readonly run: number;
  readonly scenario: string;
  readonly seed: string;
}
export interface Sighting extends Run {
  /** Of everything that the run broke, the worst first; see `NOT_DETERMINISTIC` and `UNEQUAL` for what is no violation. */
  readonly signatures: readonly string[];
}

/** A line of the findings file. */
export interface Sighted {
  /** See `campaignId`. */
  readonly campaign: string;
  /** What a command line needs beside scenario and seed: `--config x.mjs`, or that of an input. */
  readonly flags: string;
  readonly sighting: Sighting;
}

/** First parts of the signatures of what two runs of one plan, or a plan and its variant, disagree about. */
export const NOT_DETERMINISTIC = 'harness/not-deterministic';
export const UNEQUAL = 'relations';

/** 16 hex digits: equal for campaigns whose runs are the same, however many machines share them. */
export function campaignId(campaign: object): string {
  const text = canonicalText(campaign);
  return hex(hashText(text, 0x6d696c6c)) + hex(hashText(text, 0x72616365));
}

export function sightingOf({ run, scenario, seed }: Run, violations: readonly Violation[]): Sighting {
  return { run, scenario, seed, signatures: [...new Set(violations.map(signatureOf))] };
}

interface Compared extends Run {
  readonly digest: string;
  readonly digestAgain: string | undefined;
  readonly difference: { readonly relation: string; readonly topic: string } | undefined;
}

/** What a row shows beyond its violations: undefined if nothing. */
export function disagreementOf(row: Compared): Sighting | undefined {
  const { run, scenario, seed, digest, digestAgain, difference } = row;
  const signatures = [
    ...(digestAgain === undefined || digestAgain === digest ? [] : [`${NOT_DETERMINISTIC}/${scenario}`]),
    ...(difference === undefined ? [] : [`${UNEQUAL}/${difference.relation}/${difference.topic}`]),
  ];
  return signatures.length === 0 ? undefined : { run, scenario, seed, signatures };
}

/** A run that broke a law, or that differs from itself or from a variant. */
export function isFailure(row: Compared & { readonly verdict: Verdict }): boolean {
  return row.verdict === 'fail' || disagreementOf(row) !== undefined;
}

/** Ends with a line feed. */
export function findingLine(finding: Sighted): string {
  return `${JSON.stringify({ finding, checksum: checksumOf(finding) })}\n`;
}

export interface FindingLines {
  readonly findings: readonly Sighted[];
  /** Lines that are none: cut off, or changed. */
  readonly torn: number;
}

/** Reads a file of them, whatever is in it. */
export function readFindings(text: string): FindingLines {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const findings = lines.flatMap((line) => findingIn(line) ?? []);
  return { findings, torn: lines.length - findings.length };
}

function findingIn(line: string): Sighted | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(parsed)) return undefined;
  const { finding, checksum } = parsed;
  return isFinding(finding) && checksum === checksumOf(finding) ? finding : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFinding(value: unknown): value is Sighted {
  if (!isObject(value) || typeof value['campaign'] !== 'string' || typeof value['flags'] !== 'string') return false;
  const sighting = value['sighting'];
  if (!isObject(sighting)) return false;
  const { run, scenario, seed, signatures } = sighting;
  const isNamed = typeof scenario === 'string' && typeof seed === 'string' && Number.isSafeInteger(run);
  return (
    isNamed && Array.isArray(signatures) && signatures.length > 0 && signatures.every((one) => typeof one === 'string')
  );
}

function checksumOf(finding: Sighted): string {
  const text = JSON.stringify(finding);
  return hex(hashText(text, 0x66696e64)) + hex(hashText(text, 0x696e6773));
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
