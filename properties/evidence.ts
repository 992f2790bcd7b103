/**
 * What a violation shows: the smallest evidence for it, as data that reports render. Plain JSON, so that it crosses
 * processes and reads the same everywhere: what JSON cannot say of a job's values is written as text.
 */

/** A number, boolean or text as it is; any other value as its canonical text, cut short. `null`: there is none. */
export type ShownValue = string | number | boolean | null;

/** Each has a label ("expected", "key"); those named `expected` and `actual` stand against each other. */
export type EvidenceItem =
  | { readonly kind: 'text'; readonly label: string; readonly text: string }
  | { readonly kind: 'value'; readonly label: string; readonly value: ShownValue }
  | { readonly kind: 'values'; readonly label: string; readonly values: readonly ShownValue[] }
  /** One direction of data flow between two subtasks; `edge` is the edge's id in the job. */
  | {
      readonly kind: 'channel';
      readonly label: string;
      readonly edge: number;
      readonly sender: number;
      readonly receiver: number;
      readonly attempt: number;
    }
  /** Milliseconds of event time, `end` exclusive. */
  | { readonly kind: 'window'; readonly label: string; readonly start: number; readonly end: number }
  /** What led to it, the newest last: "in-0@17", "map[0] attempt 1", "window[1] attempt 1 timer 999". */
  | { readonly kind: 'cause'; readonly label: string; readonly chain: readonly string[] }
  /** Who waits, and for what. */
  | { readonly kind: 'waits'; readonly label: string; readonly text: string };
export type Evidence = readonly EvidenceItem[];
