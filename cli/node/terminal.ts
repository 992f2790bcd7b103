/** Output: lines on standard output, progress on standard error, in place on a terminal and now and then in a pipe. */

import { fitted } from '../../reports/layout.ts';
import { printable } from '../../reports/words.ts';

export interface Terminal {
  print(text: string): void;
  /** Of standard output; undefined: it is no terminal, and lines stay as they are. */
  readonly columns: number | undefined;
  warn(text: string): void;
  /** Undefined: done. */
  progress(text: string | undefined): void;
}

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const LIVE_EVERY_MS = 100;
const PIPED_EVERY_MS = 10_000;
const CLEAR_LINE = '\r\u001b[2K';

/** `now`: milliseconds of a clock that only runs forward. */
export function openTerminal(out: Stream, err: Stream, now: () => number): Terminal {
  const live = err.isTTY === true;
  let shown = false;
  let last = live ? -Infinity : now();

  const clear = (): void => {
    if (shown) err.write(CLEAR_LINE);
    shown = false;
  };
  const columnsOf = ({ isTTY, columns }: Stream): number | undefined => (isTTY === true ? (columns ?? 80) : undefined);
  const fit = (text: string, stream: Stream): string => {
    const columns = columnsOf(stream);
    return columns === undefined ? printable(text) : fitted(printable(text), columns);
  };
  return {
    get columns() {
      return columnsOf(out);
    },
    print(text) {
      clear();
      out.write(`${fit(text, out)}\n`);
    },
    warn(text) {
      clear();
      err.write(`${fit(text, err)}\n`);
    },
    progress(text) {
      if (text === undefined) return clear();
      const line = printable(text);
      if (now() - last < (live ? LIVE_EVERY_MS : PIPED_EVERY_MS)) return;
      last = now();
      if (!live) return void err.write(`${line}\n`);
      err.write(CLEAR_LINE + line.slice(0, Math.max(10, (err.columns ?? 80) - 1)));
      shown = true;
    },
  };
}
