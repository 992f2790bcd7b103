/** Small things that the words of faults have in common. */

/** 1234567 -> "1,234,567". */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function victim(process: string): string {
  return process === 'self' ? 'the process in which it happens' : process;
}
