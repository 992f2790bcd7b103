/** Where tasks have files on the disk of a host, as laws see it: `<kind>/<job>/...`, whatever kinds there are. */

/** The rest of a path behind the job's directory; undefined: it is no file of the job. */
export function withinJob(path: string, job: string): string | undefined {
  const at = path.indexOf('/') + 1;
  return at > 0 && path.startsWith(`${job}/`, at) ? path.slice(at + job.length + 1) : undefined;
}
