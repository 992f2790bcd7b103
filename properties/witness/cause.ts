/** Why something happened: a chain that ends at a source record. Kept only when a run is traced. */
export interface Cause {
  readonly what: string;
  readonly because: Cause | undefined;
}

/** The newest last: "source:in-0@17", "map[0] attempt 1", "window[1] attempt 1 timer 999". */
export function chainOf(cause: Cause): readonly string[] {
  const parts: string[] = [];
  for (let at: Cause | undefined = cause; at !== undefined; at = at.because) parts.push(at.what);
  return parts.reverse();
}
