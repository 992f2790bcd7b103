/** Why something happened: a chain that ends at a source record. Kept only when a run is traced. */
export interface Cause {
  readonly what: string;
  readonly because: Cause | undefined;
  /** Of a turn that keyed state or a split has put into an order; a turn of a key group learns its place when it ends. */
  origin?: Origin | undefined;
}

/** Which turn of which logical instance: turns of one place follow one another in their numbers. */
export interface Origin {
  /** "uid/key group", "uid/split". */
  readonly place: string;
  readonly turn: number;
}

/** The newest turn in the chain that has an order: the one that has made what the cause is about. */
export function originOf(cause: Cause): Origin | undefined {
  for (let at: Cause | undefined = cause; at !== undefined; at = at.because)
    if (at.origin !== undefined) return at.origin;
  return undefined;
}

/** The newest last: "source:in-0@17", "map[0] attempt 1", "window[1] attempt 1 timer 999". */
export function chainOf(cause: Cause): readonly string[] {
  const parts: string[] = [];
  for (let at: Cause | undefined = cause; at !== undefined; at = at.because) parts.push(at.what);
  return parts.reverse();
}
