/**
 * What a process takes of memory at most that runs a batch job of so many records, with its disk and its object store on a directory
 * of this machine. The engine is the whole one, job manager and task managers, on the kernel.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryDisk } from '../../cli/node/directory-disk.ts';
import { CONTROL_SERVICE, createJobManager } from '../../core/cluster/job-manager.ts';
import { createTaskManager } from '../../core/cluster/task-manager.ts';
import { DEFAULT_JOB_CONFIG, type JobConfig } from '../../core/config.ts';
import { defaultParts } from '../../core/parts.ts';
import type { Ports } from '../../core/ports.ts';
import { Universe } from '../../sim/universe.ts';
import { calmWorld } from '../../sim/world-config.ts';
import { DirectoryObjects } from '../batch/directory-objects.ts';
import { numbersJob, type Total, totalOf } from '../batch/numbers-job.ts';

const CONFIG: JobConfig = { ...DEFAULT_JOB_CONFIG, executionMode: 'batch', bufferRecords: 64, fetchMaxRecords: 64 };
const TASK_MANAGERS = ['taskmanager-1', 'taskmanager-2'];
const JOB_MANAGER = 'jobmanager';
/** Nothing that ends is as long. */
const FOREVER = Number.MAX_SAFE_INTEGER;

/** Peak of the resident set, in MB. */
export function batchMemoryTask(records: number): number {
  const root = mkdtempSync(join(tmpdir(), 'millrace-batch-'));
  try {
    runOn(root, records);
    return process.resourceUsage().maxRSS / 1_024;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function runOn(root: string, records: number): void {
  const total: Total = { records: 0, sum: 0 };
  const job = numbersJob(records, total);
  const onDirectory = (ports: Ports): Ports => ({ ...ports, objects, disk: diskOf(ports.self.process, root) });
  mkdirSync(join(root, 'objects'));
  const objects = new DirectoryObjects(join(root, 'objects'));
  let ended: string | undefined;
  const universe = new Universe({
    choices: { seed: 'batch' },
    world: calmWorld,
    incidents: [],
    digest: false,
    listeners: [
      {
        jobEnded: ({ status, message }) => {
          ended = `${status} ${message}`;
          universe.stop();
        },
      },
    ],
  });
  universe.launch('host-jobmanager', JOB_MANAGER, (ports) => {
    createJobManager(onDirectory(ports), job, CONFIG, defaultParts);
  });
  for (const name of TASK_MANAGERS) {
    universe.launch(`host-${name}`, name, (ports) => {
      const jobManager = { host: 'host-jobmanager', service: CONTROL_SERVICE };
      createTaskManager(onDirectory(ports), job, CONFIG, defaultParts, { jobManager });
    });
  }
  universe.run(FOREVER, FOREVER);
  universe.close();
  const due = totalOf(records);
  if (ended?.startsWith('finished') !== true || total.records !== due.records || total.sum !== due.sum)
    throw new Error(`the batch job of ${records} records ended as ${String(ended)}, with ${JSON.stringify(total)}`);
}

function diskOf(process: string, root: string): DirectoryDisk {
  const own = join(root, process);
  mkdirSync(own, { recursive: true });
  return new DirectoryDisk(own);
}
