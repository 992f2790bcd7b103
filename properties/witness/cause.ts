/** Why something happened: a chain that ends at a source record. Kept only when a run is traced. */
export interface Cause {
  readonly what: string;
  readonly because: Cause | undefined;
}

/** `source:in-0@17 -> map[0] -> window[1] timer 999`: the newest last. */
export function chainText(cause: Cause | undefined): string {
  const parts: string[] = [];
  for (let at = cause; at !== undefined; at = at.because) parts.push(at.what);
  return parts.reverse().join(' -> ');
}
