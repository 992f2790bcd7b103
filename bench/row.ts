/** A line of the table. */
export interface Row {
  readonly what: string;
  readonly value: number;
  /** "x", "/s", "%", "MB", "runs", "s", "events" (of the limit kernel), "". */
  readonly unit: string;
  /** What DESIGN.md demands ("must"); undefined: for information. */
  readonly must?: { readonly atMost: number } | { readonly atLeast: number };
  /** Least and greatest median of 20 rounds. */
  readonly spread?: readonly [number, number];
  readonly note?: string;
}

export function isMet({ value, must }: Row): boolean | undefined {
  if (must === undefined) return undefined;
  return 'atMost' in must ? value <= must.atMost : value >= must.atLeast;
}
