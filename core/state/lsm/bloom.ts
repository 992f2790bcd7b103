/**
 * Bloom filters: of a block's keys, ten bits a key and four probes each, so that about one key in a hundred that is not
 * there is looked for in vain. The probes come from two halves of one hash (Kirsch and Mitzenmacher).
 */
import type { Binary } from './binary.ts';

const BITS_PER_KEY = 10;
const PROBES = 4;

/** FNV-1a, spread. In [0, 2^32). */
export function hashOf(key: Binary): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** A filter of the keys with these hashes. */
export function filterOf(hashes: readonly number[]): Uint8Array {
  const filter = new Uint8Array(Math.ceil((hashes.length * BITS_PER_KEY) / 8));
  for (const hash of hashes) {
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = bitOf(hash, probe, filter.length);
      filter[bit >>> 3] = (filter[bit >>> 3] ?? 0) | (1 << (bit & 7));
    }
  }
  return filter;
}

/** False: the key is not among them. An empty filter says nothing. */
export function mayContain(filter: Uint8Array, hash: number): boolean {
  if (filter.length === 0) return true;
  for (let probe = 0; probe < PROBES; probe++) {
    const bit = bitOf(hash, probe, filter.length);
    if (((filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

function bitOf(hash: number, probe: number, bytes: number): number {
  const step = (hash >>> 17) | 1;
  return (hash + probe * step) % (8 * bytes);
}
