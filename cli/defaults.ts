/** What a command takes if it is not told: apart from the commands, since `--help` names it and loads none of them. */

/** Runs of a campaign. */
export const DEFAULT_RUNS = 2_100;
/** Where a blob goes. */
export const BLOB_DIRECTORY = 'millrace-blobs';
/** Runs of each scenario. */
export const DOCTOR_RUNS = 4;
/** Records and failures of `recovery-cost`. */
export const RECORDS = 1_000;
export const KILLS = 8;
