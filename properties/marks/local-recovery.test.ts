import type { Facts } from '../../core/facts.ts';
import {
  damagedManifestFound,
  localAndRemoteMixed,
  localCopyNotWritten,
  localCopyRejected,
  localCopySurvivedPowerLoss,
  localCopyTaken,
  tornManifestSurvived,
} from './local-recovery.ts';
import { dark, type Event, kill, proves, states, task } from './testing/facts.ts';

const HERE = 'taskmanager-1';
const read = (outcome: Facts['localCopyRead']['outcome'], process = HERE, attempt = 2): Event =>
  states('localCopyRead', { task: task(attempt), object: 'o', outcome, bytes: undefined }, process);
const kept = states('localCopyKept', { task: task(), checkpoint: 1, objects: ['o'] });
const manifest = (event: Facts['localManifest']['event'], subtask = 0): Event =>
  states('localManifest', { task: task(1, subtask), event });

proves(localCopyTaken, { reaches: [read('taken')], nearMiss: [read('none')] });
proves(localCopyRejected, { reaches: [read('damaged')], nearMiss: [read('none'), read('taken')] });
proves(localAndRemoteMixed, {
  reaches: [read('taken'), read('none')],
  nearMiss: [read('taken'), read('none', HERE, 3)],
});
proves(localCopySurvivedPowerLoss, {
  reaches: [kept, dark(HERE), read('taken')],
  nearMiss: [dark(HERE), kept, dark('taskmanager-2'), read('taken')],
});
proves(tornManifestSurvived, {
  reaches: [manifest('begun'), dark(HERE), read('taken')],
  // The one that was being replaced is another task's, or it was in its place.
  nearMiss: [manifest('begun'), manifest('replaced'), manifest('begun', 1), dark(HERE), read('taken')],
});
proves(tornManifestSurvived, {
  reaches: [manifest('begun'), dark(HERE), kill(HERE), read('taken')],
  // It was killed in the middle before; and another one is in its place since.
  nearMiss: [
    ...[manifest('begun'), kill(HERE), dark(HERE), read('taken')],
    ...[manifest('begun'), dark(HERE), kill(HERE), manifest('begun'), manifest('replaced'), read('taken')],
  ],
});
proves(damagedManifestFound, { reaches: [manifest('damaged')], nearMiss: [manifest('read')] });
proves(localCopyNotWritten, {
  reaches: [states('localCopyFailed', { task: task(), checkpoint: 1, message: 'no room' })],
  nearMiss: [kept],
});
