/** The few statistics that the measurements need. All of them sort copies. */

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('the median of nothing');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle]!;
  return sorted.length % 2 === 1 ? upper : (sorted[middle - 1]! + upper) / 2;
}

export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('the mean of nothing');
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Least and greatest of the medians of consecutive groups; what is left over at the end belongs to the last group. */
export function spread(values: readonly number[], group: number): readonly [number, number] {
  const groups = Math.max(1, Math.floor(values.length / group));
  const medians = Array.from({ length: groups }, (_, index) =>
    median(values.slice(index * group, index === groups - 1 ? undefined : (index + 1) * group)),
  );
  return [Math.min(...medians), Math.max(...medians)];
}

/** a[i] / b[i]. */
export function ratios(a: readonly number[], b: readonly number[]): readonly number[] {
  return a.map((value, index) => value / b[index]!);
}

/** The slope of the line through (log x, log y) by least squares: y grows as x to this power. */
export function logLogSlope(points: readonly (readonly [x: number, y: number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const meanX = logs.reduce((sum, [x]) => sum + x, 0) / logs.length;
  const meanY = logs.reduce((sum, [, y]) => sum + y, 0) / logs.length;
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
