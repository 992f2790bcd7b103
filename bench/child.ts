/** The side of a measurement's own process: a variant that is timed slice by slice, or a task that runs once. */
import type { Reply, Request, Variant } from './variant.ts';

/** Answers the parent until it lets go. */
export function serveVariant(variant: Variant): void {
  process.on('message', (request: Request) => {
    void answer(variant, request).then(reply);
  });
  reply({ kind: 'ready' });
}

function reply(message: Reply): void {
  process.send?.(message);
}

async function answer(variant: Variant, request: Request): Promise<Reply> {
  if (request.kind === 'slice') return { kind: 'sliced', nsPerUnit: await slice(variant, request) };
  const outputs: string[] = [];
  for (const seed of request.seeds) outputs.push(await variant.output(seed));
  return { kind: 'verified', outputs };
}

async function slice(
  variant: Variant,
  { seed, ms, turns }: Extract<Request, { readonly kind: 'slice' }>,
): Promise<number> {
  const started = performance.now();
  let units = 0;
  let elapsed = 0;
  for (let turn = 0; turn < turns || elapsed < ms; turn++) {
    const done = variant.turn(seed + turn);
    units += typeof done === 'number' ? done : await done;
    elapsed = performance.now() - started;
  }
  return (elapsed * 1e6) / units;
}

/** Does the task, tells the parent its result (a plain value), ends. */
export async function serveTask(task: () => unknown): Promise<void> {
  const result = await task();
  process.send?.(result, () => {
    process.disconnect();
  });
}
