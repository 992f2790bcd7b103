/**
 * CSV with a header (RFC 4180): fields with commas, quotes and line ends in double quotes, a quote in them doubled.
 * Instead of the comma a semicolon or a tab may separate: the one of the three that the header has most of.
 */
import { ABSENT, type Fault, type Found, type LineResult, type Row, shown } from './found.ts';

const SEPARATORS = [',', ';', '\t'] as const;

/** A field in quotes that goes on for longer has lost its closing quote. */
const OPEN_LINES_MAX = 10_000;

/** Takes a file line by line, without line ends. */
export class CsvLines {
  readonly #key: string;
  readonly #time: string;
  /** The lines of a record so far, while a field in quotes is open. */
  #open: string[] = [];
  #separator = ',';
  #header: readonly string[] | undefined;
  #keyAt = -1;
  #timeAt = -1;

  constructor(key: string, time: string) {
    this.#key = key;
    this.#time = time;
  }

  /** A fault of the header is one of the whole file: none of its lines can be read. */
  line(text: string): LineResult | HeaderFault {
    if (this.#header === undefined) return this.#readHeader(text);
    if (this.#open.length > 0) return this.#goOn(text);
    if (text === '') return undefined;
    const fields = splitCsv(text, this.#separator);
    if (fields !== 'open') return this.#row(fields);
    this.#open.push(text);
    return 'more';
  }

  /** At the end of a file: a field in quotes is still open. */
  get isOpen(): boolean {
    return this.#open.length > 0;
  }

  #goOn(text: string): LineResult {
    this.#open.push(text);
    const isEven = text.split('"').length % 2 === 1;
    if (isEven && this.#open.length <= OPEN_LINES_MAX) return 'more';
    const whole = this.#open.join('\n');
    this.#open = [];
    const fields = isEven ? 'open' : splitCsv(whole, this.#separator);
    return this.#row(fields === 'open' ? UNCLOSED : fields);
  }

  #row(fields: readonly string[] | Fault): Row | Fault {
    if ('message' in fields) return fields;
    const columns = this.#header?.length ?? 0;
    if (fields.length !== columns) return { message: `${fields.length} fields, and the header has ${columns}` };
    return { key: found(fields[this.#keyAt]), time: found(fields[this.#timeAt]) };
  }

  #readHeader(text: string): undefined | HeaderFault {
    if (text.trim() === '') return undefined;
    this.#separator = separatorOf(text);
    const header = csvHeader(text);
    if ('message' in header) return { hopeless: header };
    this.#header = header;
    for (const wanted of [this.#key, this.#time]) {
      const times = header.filter((name) => name === wanted).length;
      if (times === 1) continue;
      const has = times === 0 ? 'has no such column' : `has this column ${times} times`;
      return { hopeless: { field: wanted, message: `the header ${has}; it has ${header.join(', ')}` } };
    }
    this.#keyAt = header.indexOf(this.#key);
    this.#timeAt = header.indexOf(this.#time);
    return undefined;
  }
}

interface HeaderFault {
  readonly hopeless: Fault;
}

export const UNCLOSED: Fault = { message: 'a field in quotes that never ends' };

/** An empty field is missing: CSV has no other way to say so. */
function found(field: string | undefined): Found {
  return field === undefined || field === '' ? ABSENT : { kind: 'text', text: field };
}

function separatorOf(header: string): string {
  const counted = SEPARATORS.map((separator) => ({ separator, times: header.split(separator).length }));
  return counted.reduce((most, one) => (one.times > most.times ? one : most)).separator;
}

/** The columns that a header names, or why it is none. */
export function csvHeader(text: string): readonly string[] | Fault {
  const names = splitCsv(text, separatorOf(text));
  if (names === 'open') return UNCLOSED;
  return 'message' in names ? names : names.map((name) => name.trim());
}

/** 'open': a field in quotes does not end here. */
function splitCsv(line: string, separator: string): readonly string[] | 'open' | Fault {
  if (!line.includes('"')) return line.split(separator);
  const fields: string[] = [];
  for (let at = 0; ;) {
    if (line[at] !== '"') {
      const next = line.indexOf(separator, at);
      const field = line.slice(at, next < 0 ? undefined : next);
      if (field.includes('"')) return { message: `a quote inside a field without quotes: ${shown(field)}` };
      fields.push(field);
      if (next < 0) return fields;
      at = next + 1;
      continue;
    }
    const end = closingQuote(line, at);
    if (end < 0) return 'open';
    fields.push(line.slice(at + 1, end).replaceAll('""', '"'));
    if (end + 1 === line.length) return fields;
    if (!line.startsWith(separator, end + 1))
      return { message: `text behind the closing quote of field ${fields.length}` };
    at = end + 2;
  }
}

/** -1: there is none. */
function closingQuote(line: string, opening: number): number {
  for (let from = opening + 1; ;) {
    const quote = line.indexOf('"', from);
    if (quote < 0 || line[quote + 1] !== '"') return quote;
    from = quote + 2;
  }
}
