/** The codecs of enums, of tagged unions and of types of the job's own (`compile.ts` has the table of bytes). */
import { JobError, messageOf, rethrowKilled } from '../errors.ts';
import type { CustomCode } from '../job/types.ts';
import type { Codec } from './codec.ts';
import { deepFreeze } from './freeze.ts';
import { describe, Refused } from './refusal.ts';

/** @throws JobError without members, or if two are the same. */
export function enumCodec(members: readonly string[]): Codec {
  requireNames('an enum', members);
  const places = new Map<unknown, number>(members.map((member, place) => [member, place]));
  return {
    write: (value, out) => {
      const place = places.get(value);
      if (place === undefined) throw new Refused();
      out.varint(place);
    },
    read: (input) => {
      const place = input.varint();
      const member = members[place];
      if (member === undefined) throw input.malformed(`member ${place} of an enum of ${members.length}`);
      return member;
    },
    admit: (value) => places.has(value),
    check: (value, path) => (places.has(value) ? undefined : expected(path, `one of ${listed(members)}`, value)),
  };
}

interface CaseCodec {
  readonly tag: string;
  readonly codec: Codec;
}

/** @throws JobError without cases, or if two have one tag. */
export function unionCodec(cases: readonly CaseCodec[]): Codec {
  requireNames(
    'a union',
    cases.map(({ tag }) => tag),
  );
  const places = new Map<unknown, readonly [number, Codec]>(
    cases.map(({ tag, codec }, place) => [tag, [place, codec]]),
  );
  return {
    write: (value, out) => {
      const known = isTagged(value) ? places.get(value.tag) : undefined;
      if (known === undefined || !isTagged(value)) throw new Refused();
      out.varint(known[0]);
      known[1].write(value.value, out);
    },
    read: (input) => {
      const place = input.varint();
      const known = cases[place];
      if (known === undefined) throw input.malformed(`case ${place} of a union of ${cases.length}`);
      return { tag: known.tag, value: known.codec.read(input) };
    },
    admit: (value) => {
      if (!isTagged(value) || Object.keys(value).length !== 2) return false;
      if (places.get(value.tag)?.[1].admit(value.value) !== true) return false;
      Object.freeze(value);
      return true;
    },
    check: (value, path) => {
      if (!isTagged(value)) return expected(path, 'a { tag, value }', value);
      const below = path === '' ? '' : `${path}.`;
      const known = places.get(value.tag);
      if (known === undefined)
        return expected(`${below}tag`, `one of ${listed(cases.map(({ tag }) => tag))}`, value.tag);
      const unknown = Object.keys(value).find((name) => name !== 'tag' && name !== 'value');
      if (unknown !== undefined) return `${below}${unknown}: a field that the type does not declare`;
      return known[1].check(value.value, `${below}value`);
    },
  };
}

/** @throws JobError for a name or version that a snapshot could not hold. */
export function customCodec(name: string, version: number, code: CustomCode): Codec {
  if (!Number.isSafeInteger(version) || version < 1)
    throw new JobError(`the type "${name}" has version ${version}; give a whole number >= 1`);
  const written = (value: unknown): Uint8Array | string => {
    try {
      const bytes: unknown = code.write(value);
      return bytes instanceof Uint8Array ? bytes : `its write function returned ${describe(bytes)} in place of bytes`;
    } catch (error) {
      rethrowKilled(error);
      return messageOf(error);
    }
  };
  return {
    write: (value, out) => {
      const bytes = written(value);
      if (typeof bytes === 'string') throw new Refused();
      out.bytes(bytes);
    },
    read: (input) => {
      const bytes = input.bytes();
      try {
        return code.read(bytes);
      } catch (error) {
        rethrowKilled(error);
        throw input.malformed(`the type "${name}" version ${version} cannot read its own bytes: ${messageOf(error)}`);
      }
    },
    admit: (value) => {
      if (typeof written(value) === 'string') return false;
      deepFreeze(value);
      return true;
    },
    check: (value, path) => {
      const bytes = written(value);
      if (typeof bytes !== 'string') return undefined;
      return `${expected(path, `a value of the type "${name}"`, value)}: ${bytes}`;
    },
  };
}

function requireNames(what: string, names: readonly string[]): void {
  if (names.length === 0) throw new JobError(`${what} type has no members; give at least one`);
  if (new Set(names).size !== names.length)
    throw new JobError(`${what} type names one member twice: ${names.join(', ')}; leave one out`);
}

function isTagged(value: unknown): value is { readonly tag: unknown; readonly value: unknown } {
  return typeof value === 'object' && value !== null && 'tag' in value && 'value' in value;
}

function listed(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ');
}

function expected(path: string, what: string, value: unknown): string {
  return `${path === '' ? '' : `${path}: `}expected ${what}, got ${describe(value)}`;
}
