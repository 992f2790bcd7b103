export interface Earthquake {
  readonly id: string;
  readonly net: string;
  readonly time: number;
  readonly mag: number | null;
}
export interface ExpectedPane {
  readonly net: string;
  readonly start: number;
  readonly count: number;
  readonly largest: number | null;
}
export const HOUR_MS: number;
export function readEarthquakes(): readonly Earthquake[];
export function windowStart(time: number): number;
export function expectedOutput(
  records: readonly Earthquake[],
  delayHours: number,
): { readonly late: readonly Earthquake[]; readonly panes: readonly ExpectedPane[] };
export function totals(records: readonly Earthquake[]): ReadonlyMap<string, number>;
