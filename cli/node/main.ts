/** The command in the repository: that of the package, and what works on the sources of the engine itself. */
import { addZoo } from '../repository.ts';
import { start } from './start.ts';
import { zooOf } from './zoo.ts';

await start([addZoo(zooOf)]);
