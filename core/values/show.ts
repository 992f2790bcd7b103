/** A value as text for people: bounded, on one line, and without a way for the value to disturb it. 0 and -0 look different. */
import { plainText } from '../job-fault.ts';

const TEXT_MAX = 300;
const DEPTH_MAX = 5;
const PARTS_MAX = 12;

/** A Date of any realm: none of its fields can be seen. */
function isInstant(value: object): value is Date {
  return Object.prototype.toString.call(value) === '[object Date]';
}

/** Never throws, for any value that a job has made. */
export function showValue(value: unknown): string {
  try {
    return plainText(textOf(value, 0), TEXT_MAX);
  } catch {
    // A getter or a proxy of the job's threw.
    return 'a value that cannot be shown as text';
  }
}

function textOf(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'string':
      return JSON.stringify(value.length > TEXT_MAX ? value.slice(0, TEXT_MAX) : value);
    case 'bigint':
      return `${String(value)}n`;
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
      return value === null ? 'null' : partsOf(value, depth);
  }
}

function partsOf(value: object, depth: number): string {
  if (ArrayBuffer.isView(value)) return `bytes of length ${value.byteLength}`;
  if (isInstant(value)) return Number.isNaN(Number(value)) ? 'no date' : value.toISOString();
  const isList = Array.isArray(value);
  if (depth >= DEPTH_MAX) return isList ? '[...]' : '{...}';
  const entries = Object.entries(value);
  const parts = entries
    .slice(0, PARTS_MAX)
    .map(([name, part]) => (isList ? '' : `${JSON.stringify(name)}:`) + textOf(part, depth + 1));
  if (entries.length > PARTS_MAX) parts.push('...');
  return isList ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
}
