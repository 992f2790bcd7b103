/** Writes what this machine does of a campaign, run by run, for `millrace merge`. */
import { VERSION } from '../../core/version.ts';
import { messageOf } from '../../core/errors.ts';
import { BLOB_FORMAT, type BlobEnd, blobLine } from '../../properties/campaign/blob.ts';
import type { Campaign, RunRow } from '../../properties/campaign/campaign.ts';
import { campaignId } from '../../properties/campaign/sighting.ts';
import type { Lines, Platform } from '../platform.ts';
import { sourceFlags } from '../scenarios.ts';
import { type Extent, WHOLE_CAMPAIGN } from '../campaign.ts';
import type { Workspace } from '../workspace.ts';

export interface BlobWriter {
  rows(rows: readonly RunRow[]): void;
  /** False: it could not be written, which was told. */
  end(end: BlobEnd): boolean;
}

interface BlobOptions {
  /** Undefined: none is asked for. */
  readonly blobDirectory: string | undefined;
  readonly extent: Extent;
  readonly workspace: Workspace;
}

/** Undefined: it is not asked for. Throws `BadUsage` if it cannot be begun. */
export function openBlob(
  platform: Platform,
  campaign: Campaign,
  { blobDirectory, extent, workspace }: BlobOptions,
): BlobWriter | undefined {
  if (blobDirectory === undefined) return undefined;
  const id = campaignId(campaign);
  const shard = extent.shard ?? WHOLE_CAMPAIGN;
  let lines: Lines | undefined = platform.openLines(
    `${blobDirectory}/${id}-${shard.index}-of-${shard.total}.blob.jsonl`,
  );
  /** A full disk costs the blob, not the campaign. */
  const attempt = (act: (to: Lines) => void): void => {
    try {
      if (lines !== undefined) act(lines);
    } catch (error) {
      platform.warn(messageOf(error));
      lines = undefined;
    }
  };
  const runs = extent.seconds === undefined ? extent.runs : null;
  const flags = sourceFlags(workspace.source);
  const head = { kind: 'head', format: BLOB_FORMAT, version: VERSION, id, campaign, runs, shard, flags } as const;
  attempt((to) => to.write(blobLine(head)));
  return {
    rows: (rows) => attempt((to) => to.write(rows.map((row) => blobLine({ kind: 'row', row })).join(''))),
    end(end) {
      attempt((to) => to.write(blobLine(end)));
      attempt((to) => to.close());
      return lines !== undefined;
    },
  };
}
