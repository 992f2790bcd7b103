/**
 * The key and the time of a line of JSON. `JSON.parse` says whether the line is good, a scan over its text finds the two
 * fields: so numbers stay as they are written, and a field that is there twice is seen (`JSON.parse` keeps the last one
 * without a word).
 *
 *   path         finds
 *   user         the field "user"
 *   repo.name    the field "repo.name" if there is one, else "name" in the object "repo"
 *   tags.0       the first element of the array "tags"
 */
import { ABSENT, type Fault, type Found, type Row, shown } from './found.ts';

export function jsonLine(text: string, key: string, time: string): Row | Fault {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { message: whyNotJson(text) };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { message: whyNoObject(value, text) };
  return { key: fieldOf(text, key), time: fieldOf(text, time) };
}

function whyNotJson(text: string): string {
  const start = text.trimStart()[0];
  if (start === '[' || text.trim() === '{') {
    return "not one JSON object a line: is the file one JSON document? `jq -c '.[]' file` writes an array one object a line";
  }
  return `not valid JSON: ${shown(text.trim())}`;
}

function whyNoObject(value: unknown, text: string): string {
  const remedy = Array.isArray(value) ? ": `jq -c '.[]' file` writes an array one object a line" : '';
  return `expected a JSON object, got ${shown(text.trim())}${remedy}`;
}

/** `text`: a valid JSON object. */
function fieldOf(text: string, path: string): Found {
  const from = skipBlank(text, 0);
  const literal = membersOf(text, from, path);
  if (literal.length > 0 || !path.includes('.')) return foundIn(text, literal);
  let at = from;
  const names = path.split('.');
  for (const [i, name] of names.entries()) {
    const values = text[at] === '[' ? elementOf(text, at, name) : text[at] === '{' ? membersOf(text, at, name) : [];
    const [only] = values;
    if (only === undefined || values.length > 1 || i === names.length - 1) return foundIn(text, values);
    at = only;
  }
  return ABSENT;
}

function foundIn(text: string, starts: readonly number[]): Found {
  const [start] = starts;
  if (start === undefined) return ABSENT;
  if (starts.length > 1) return { kind: 'twice', values: starts.map((at) => text.slice(at, valueEnd(text, at))) };
  const raw = text.slice(start, valueEnd(text, start));
  const first = raw[0] ?? '';
  if (first === '"') return { kind: 'text', text: unquoted(raw) };
  return { kind: first === '-' || (first >= '0' && first <= '9') ? 'number' : 'other', text: raw };
}

/** Where the values of the members of this name begin, in the object that begins at `at`. */
function membersOf(text: string, at: number, name: string): readonly number[] {
  const starts: number[] = [];
  let i = skipBlank(text, at + 1);
  while (text[i] === '"') {
    const nameEnd = stringEnd(text, i);
    const value = skipBlank(text, skipBlank(text, nameEnd) + 1);
    if (isName(text, i, nameEnd, name)) starts.push(value);
    i = skipBlank(text, valueEnd(text, value));
    if (text[i] === ',') i = skipBlank(text, i + 1);
  }
  return starts;
}

function elementOf(text: string, at: number, name: string): readonly number[] {
  if (!/^\d{1,6}$/.test(name)) return [];
  let i = skipBlank(text, at + 1);
  for (let left = Number(name); text[i] !== ']'; left -= 1) {
    if (left === 0) return [i];
    i = skipBlank(text, valueEnd(text, i));
    if (text[i] === ',') i = skipBlank(text, i + 1);
  }
  return [];
}

function isName(text: string, from: number, to: number, name: string): boolean {
  if (to - from - 2 === name.length && text.startsWith(name, from + 1)) return true;
  const escape = text.indexOf('\\', from);
  return escape >= 0 && escape < to && unquoted(text.slice(from, to)) === name;
}

function unquoted(raw: string): string {
  return raw.includes('\\') ? String(JSON.parse(raw)) : raw.slice(1, -1);
}

const QUOTE = 34;
const BACKSLASH = 92;

/** Behind the string that begins at `at`. */
function stringEnd(text: string, at: number): number {
  for (let from = at + 1; ;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return text.length;
    let escapes = 0;
    while (text.charCodeAt(quote - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}

/** Behind the value that begins at `at`. */
function valueEnd(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length;) {
    const char = text.charCodeAt(i);
    if (char === QUOTE) {
      i = stringEnd(text, i);
      if (depth === 0) return i;
      continue;
    }
    if (isOpening(char)) depth += 1;
    else if (isClosing(char)) {
      if (depth === 0) return i;
      depth -= 1;
      if (depth === 0) return i + 1;
    } else if (depth === 0 && (char === COMMA || isBlank(char))) return i;
    i += 1;
  }
  return text.length;
}

const COMMA = 44;
const isOpening = (char: number): boolean => char === 123 || char === 91;
const isClosing = (char: number): boolean => char === 125 || char === 93;
const isBlank = (char: number): boolean => char === 32 || char === 9 || char === 13 || char === 10;

function skipBlank(text: string, at: number): number {
  let i = at;
  while (isBlank(text.charCodeAt(i))) i += 1;
  return i;
}
