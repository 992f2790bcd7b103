/**
 * All faults, each in a file of its own: incidents, which happen at a chosen instant (operations that a person does to a
 * job are among them), and rates. Plans, reports and `README.md` follow from this table.
 *
 * The order is that in which a plan's incidents stand. `isolate` is drawn first, since it may change the plan's shape.
 */
import { addedPartitions } from './added-partitions.ts';
import { diskErrors } from './disk-errors.ts';
import { diskStalls } from './disk-stalls.ts';
import { doubledAnswers } from './doubled-answers.ts';
import { failedFetch } from './failed-fetch.ts';
import { failedRead } from './failed-read.ts';
import { failedSyncs } from './failed-syncs.ts';
import { hostJoins } from './host-joins.ts';
import { hostLeaves } from './host-leaves.ts';
import { isolate } from './isolate.ts';
import { kill } from './kill.ts';
import { loseSession } from './lose-session.ts';
import { lateAnswers } from './late-answers.ts';
import { lostAnswers } from './lost-answers.ts';
import { lostReplies } from './lost-replies.ts';
import { lostObject } from './lost-object.ts';
import { lostResult } from './lost-result.ts';
import { misbehavingSites } from './misbehaving-sites.ts';
import { objectStoreRefusals } from './object-store-refusals.ts';
import { objectStoreStalls } from './object-store-stalls.ts';
import { powerLoss } from './power-loss.ts';
import { query } from './query.ts';
import { quietInput } from './quiet-input.ts';
import { recordlessTail } from './recordless-tail.ts';
import { reordering } from './reordering.ts';
import { rescale } from './rescale.ts';
import { rescaleOperator } from './rescale-operator.ts';
import { resetConnections } from './reset-connections.ts';
import { savepoint } from './savepoint.ts';
import { serviceErrors } from './service-errors.ts';
import { serviceThrottling } from './service-throttling.ts';
import { shortReads } from './short-reads.ts';
import { slowActors } from './slow-actors.ts';
import { slowBroker } from './slow-broker.ts';
import { slowDisk } from './slow-disk.ts';
import { slowHaStore } from './slow-ha-store.ts';
import { slowLinks } from './slow-links.ts';
import { slowNetwork } from './slow-network.ts';
import { slowObjectStore } from './slow-object-store.ts';
import { slowService } from './slow-service.ts';
import { stepClock } from './step-clock.ts';
import { stop } from './stop.ts';
import { upgrade } from './upgrade.ts';
import { writtenBack } from './written-back.ts';
import { wrongClocks } from './wrong-clocks.ts';

export const INCIDENTS = [
  isolate,
  kill,
  resetConnections,
  rescale,
  rescaleOperator,
  savepoint,
  stop,
  upgrade,
  stepClock,
  query,
  lostResult,
  hostJoins,
  hostLeaves,
  powerLoss,
  lostObject,
  failedFetch,
  loseSession,
  failedRead,
] as const;
export const RATES = [
  slowNetwork,
  slowLinks,
  slowObjectStore,
  objectStoreRefusals,
  objectStoreStalls,
  slowHaStore,
  slowBroker,
  lostReplies,
  slowActors,
  reordering,
  wrongClocks,
  misbehavingSites,
  slowDisk,
  shortReads,
  diskStalls,
  diskErrors,
  failedSyncs,
  writtenBack,
  quietInput,
  slowService,
  serviceErrors,
  serviceThrottling,
  lateAnswers,
  doubledAnswers,
  lostAnswers,
  addedPartitions,
  recordlessTail,
] as const;
