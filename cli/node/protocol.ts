/** What a worker and its parent tell each other. */
import type { Block, Campaign, Judged, RunRow } from '../../properties/campaign/campaign.ts';
import type { Finding } from '../../properties/campaign/investigate.ts';
import type { Kept, KeptAnswer } from '../../properties/campaign/kept.ts';
import type { WholeRun } from '../input/whole.ts';
import type { Failure } from '../platform.ts';
import type { InputSource, Source } from '../scenarios.ts';
import type { JournalPlace } from './journal.ts';
import type { Bounds } from './watchdog.ts';

/** First argument of a worker's command line. */
export const WORKER_ARGUMENT = 'campaign-worker';
/** The same of a process for one run; see `fresh-process.ts`. */
export const FRESH_ARGUMENT = 'fresh-run';

export type ToWorker =
  | {
      readonly kind: 'setup';
      readonly campaign: Campaign;
      readonly source: Source;
      readonly bounds: Bounds;
      readonly journal: JournalPlace;
      readonly parent: number;
      /** See `Watching`. */
      readonly leavesRepeats: boolean;
    }
  | { readonly kind: 'block'; readonly block: Block }
  /** One run that another worker has done. */
  | { readonly kind: 'repeat'; readonly run: number }
  | {
      readonly kind: 'investigate';
      readonly source: Source;
      readonly failure: Failure;
      readonly bounds: Bounds;
      /** Another process has found this so far, and has ended: it is only written out. */
      readonly begun?: Begun;
      readonly parent: number;
    }
  | { readonly kind: 'whole'; readonly source: InputSource; readonly seed: string; readonly parent: number }
  | {
      readonly kind: 'again';
      readonly source: Source;
      readonly kept: Kept;
      readonly bounds: Bounds;
      readonly parent: number;
    };
/** What shrinking came to before its process ended; undefined: to nothing. */
export interface Begun {
  readonly best: Finding | undefined;
}
export type FromWorker =
  /** Of the first run of a campaign, while its block is under way: no answer yet. */
  | { readonly kind: 'judged'; readonly judged: Judged }
  /** `problems`: why failing runs could not be written down. */
  | { readonly kind: 'done'; readonly results: readonly RunRow[]; readonly problems: readonly string[] }
  | { readonly kind: 'found'; readonly finding: Finding | undefined }
  | { readonly kind: 'whole'; readonly whole: WholeRun }
  | { readonly kind: 'again'; readonly answer: KeptAnswer }
  /** `isBadInput`: what was given cannot be used. */
  | { readonly kind: 'crashed'; readonly message: string; readonly isBadInput: boolean };

/** Of what a process needs to start, so much is not taken off the time that it has for shrinking. */
export const START_MS = 750;

/** Descriptor on which the watchdog of a worker writes; behind those of node's own, the channel of messages included. */
export const FINDINGS_DESCRIPTOR = 4;
