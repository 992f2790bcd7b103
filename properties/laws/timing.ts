/** Clocks of hosts go wrong by 5 % at most: what one measures in so many milliseconds takes at most so many times as long, and not less than that part. */
export const DRIFT_MAX = 1.1;
