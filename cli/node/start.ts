/** What a process of the command does: as its user's, or as one of the workers that it forks. */
import { VERSION } from '../../core/version.ts';
import { JobError } from '../../core/errors.ts';
import { HarnessCrash } from '../../properties/campaign/harness-crash.ts';
import { InvalidInput } from '../../properties/plan/invalid-input.ts';
import { BadUsage, EXIT, type ExitCode } from '../exit-codes.ts';
import { type Addition, execute } from '../program.ts';
import { nodePlatform } from './platform.ts';
import { FRESH_ARGUMENT, WORKER_ARGUMENT } from './protocol.ts';

/** Sets the exit code of the process. `additions`: commands beside those of the package. `firstDone`: see `PoolOptions`. */
export async function start(additions: readonly Addition[], firstDone: () => void = () => undefined): Promise<void> {
  // A reader that goes away (`| head`) ends the output, not the run: the exit code still says what it found.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  const [, entry = '', ...args] = process.argv;
  if (args[0] === WORKER_ARGUMENT && process.send !== undefined) {
    const { serveAsWorker } = await import('./running.ts');
    serveAsWorker();
  } else if (args[0] === FRESH_ARGUMENT) {
    const { serveFreshRun, openHere } = await import('./running.ts');
    await serveFreshRun(openHere);
  } else process.exitCode = await command(entry, args, additions, firstDone);
}

async function command(
  entry: string,
  args: readonly string[],
  additions: readonly Addition[],
  firstDone: () => void,
): Promise<ExitCode> {
  try {
    return await execute(args, VERSION, nodePlatform(entry, firstDone), additions);
  } catch (error) {
    if (error instanceof BadUsage || error instanceof InvalidInput) {
      process.stderr.write(`millrace: ${error.message}\n`);
      return EXIT.badUsage;
    }
    const cause = error instanceof HarnessCrash ? error.cause : error;
    if (isOfJob(error)) {
      process.stderr.write(`millrace: ${error.message}\n`);
      return EXIT.badUsage;
    }
    const stack = cause instanceof Error ? (cause.stack ?? cause.message) : '';
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`millrace: the harness itself crashed, no verdict: ${message}\n${stack}\n`);
    return EXIT.harnessCrashed;
  }
}

/** The job cannot be run as it is: its message says why. A worker process hands over the message only. */
function isOfJob(error: unknown): error is Error {
  if (error instanceof JobError) return true;
  return error instanceof HarnessCrash && (error.cause instanceof JobError || error.message.startsWith('JobError: '));
}
