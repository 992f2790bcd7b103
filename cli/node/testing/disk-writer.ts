/** A process that writes records to a directory until it is killed, and says on its output which are synced: `disk-writer.ts <directory>`. */
import { writeSync } from 'node:fs';
import { writeRecords } from '../../../sim/services/testing/disk-crash.contract.ts';
import { DirectoryDisk } from '../directory-disk.ts';
import { RECORD_BYTES } from './finish.ts';

const [, , directory = ''] = process.argv;
const body = writeRecords(new DirectoryDisk(directory), { count: 1_000_000, length: RECORD_BYTES }, (record) => {
  writeSync(1, `${record}\n`);
});
while (body.next().done !== true);
