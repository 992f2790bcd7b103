/** What a process of the command does: as its user's, or as one of the workers that it forks. */
import { VERSION } from '../../core/version.ts';
import { HarnessCrash } from '../../properties/campaign/harness-crash.ts';
import { isBadInput } from '../bad-input.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
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
    if (isBadInput(error)) {
      process.stderr.write(`millrace: ${error.message}\n`);
      return EXIT.badUsage;
    }
    const cause = error instanceof HarnessCrash ? error.cause : error;
    const stack = cause instanceof Error ? (cause.stack ?? cause.message) : '';
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`millrace: the harness itself crashed, no verdict: ${message}\n${stack}\n`);
    return EXIT.harnessCrashed;
  }
}
