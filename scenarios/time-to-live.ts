/** Time to live as two numbers of a plan, for the scenarios whose states have one. */
import type { StateOptions } from '../core/api/index.ts';
import type { Range } from './parameters.ts';

const CLEANUPS = ['none', 'full-snapshot', 'incremental'] as const;
/** Kinds from here on are cleaned up in compactions. */
const COMPACTION = 12;

export const TTL_PARAMETERS = {
  /** In processing time; 0 or less: none. Short enough that values expire within a run, and across its restores. */
  ttlMs: [-150, 400, 60],
  /** Clean-up (3) times what touches (2) times what is visible (2); then the same for the fourth clean-up. */
  ttlKind: [0, 15, 0],
} as const satisfies Record<string, Range>;

export function ttlOptions({ ttlMs, ttlKind }: { readonly ttlMs: number; readonly ttlKind: number }): StateOptions {
  if (ttlMs <= 0) return {};
  if (ttlKind >= COMPACTION) {
    const like = ttlOptions({ ttlMs, ttlKind: 3 * (ttlKind - COMPACTION) });
    return like.ttl === undefined ? {} : { ttl: { ...like.ttl, cleanup: 'compaction' } };
  }
  return {
    ttl: {
      ms: ttlMs,
      cleanup: CLEANUPS[ttlKind % 3] ?? 'none',
      update: Math.floor(ttlKind / 3) % 2 === 0 ? 'on-create-and-write' : 'on-read-and-write',
      visibility: ttlKind < 6 ? 'never-return-expired' : 'return-if-not-cleaned-up',
    },
  };
}
