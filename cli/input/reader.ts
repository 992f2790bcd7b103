/**
 * Reads an input: bytes in, file by file, columns out. Either every line is good, or nothing runs and the error names
 * file, line and field of what is not; with `--on-bad-line skip` the bad ones are left out and counted.
 */
import { InvalidInput } from '../../properties/plan/invalid-input.ts';
import { ColumnsBuilder, type InputColumns } from '../../scenarios/input-events.ts';
import { CLF_FIELDS, clfLine, isClf } from './clf.ts';
import { csvHeader, CsvLines, UNCLOSED } from './csv.ts';
import { type Fault, isFault, type LineResult, type Row, shown } from './found.ts';
import { jsonLine } from './json-line.ts';
import { keyOf } from './key.ts';
import { LineSplitter, LineTooLong } from './lines.ts';
import type { FormatName, InputOptions } from './options.ts';
import { doubtAboutUnit, timeOf, type Zone } from './time.ts';

/** What was read, in numbers, for the report. */
export interface ReadNotes {
  readonly format: FormatName;
  readonly files: number;
  readonly lines: number;
  readonly skipped: number;
  /** The first of the bad lines that were skipped, in words. */
  readonly skippedFirst: readonly string[];
  /** Times that a clock of the zone shows twice. */
  readonly ambiguous: number;
  /** Why the unit of time looks wrong. */
  readonly doubt: string | undefined;
}

export interface ReadInput {
  readonly columns: InputColumns;
  readonly notes: ReadNotes;
}

const PROBLEMS_SHOWN = 20;
const SKIPPED_SHOWN = 3;

interface Format {
  readonly name: FormatName;
  line(text: string): LineResult | { readonly hopeless: Fault };
  /** A record has begun and not ended. */
  readonly isOpen: boolean;
}

/** `beginFile`, `push` ..., `endFile` for each file; then `finish`. All may throw `InvalidInput`. */
export class InputReader {
  readonly #options: InputOptions;
  readonly #zone: Zone | undefined;
  readonly #builder = new ColumnsBuilder();
  readonly #problems: string[] = [];
  #bad = 0;
  #files = 0;
  #file = '';
  #splitter: LineSplitter | undefined;
  #format: Format | undefined;
  #formatName: FormatName | undefined;
  /** Over all files. */
  #lines = 0;
  #linesBefore = 0;
  /** The line in which the record began. */
  #recordLine = 0;
  #ambiguous = 0;
  #numbers = 0;
  #minMs = Infinity;
  #maxMs = -Infinity;

  /** `zone`: of `--zone`. */
  constructor(options: InputOptions, zone: Zone | undefined) {
    this.#options = options;
    this.#zone = zone;
    this.#formatName = options.format;
  }

  /** `name`: for messages. */
  beginFile(name: string): void {
    this.#files += 1;
    this.#file = name;
    this.#linesBefore = this.#lines;
    this.#format = undefined;
    this.#builder.beginFile();
    this.#splitter = new LineSplitter((line) => this.#line(line));
  }

  push(chunk: Uint8Array): void {
    if (this.#lines === this.#linesBefore) this.#refuseUtf16(chunk);
    this.#cut(() => this.#splitter?.push(chunk));
  }

  endFile(): void {
    this.#cut(() => this.#splitter?.end());
    if (this.#format?.isOpen === true) this.#refuse(this.#recordLine, UNCLOSED);
  }

  finish(): ReadInput {
    const { file, onBadLine } = this.#options;
    if (this.#bad > 0 && (onBadLine === 'stop' || this.#builder.length === 0)) throw this.#cannotBeRead();
    if (this.#builder.length === 0) {
      throw new InvalidInput(`${file} cannot be read, nothing was run`, [
        'there are no events: expected one JSON object a line, CSV with a header, or an access log',
      ]);
    }
    const areNumbers = this.#numbers === this.#builder.length;
    return {
      columns: this.#builder.build(),
      notes: {
        format: this.#formatName ?? 'ndjson',
        files: this.#files,
        lines: this.#lines,
        skipped: this.#bad,
        skippedFirst: this.#problems.slice(0, SKIPPED_SHOWN),
        ambiguous: this.#ambiguous,
        doubt: areNumbers ? doubtAboutUnit(this.#options.timeUnit, this.#minMs, this.#maxMs) : undefined,
      },
    };
  }

  #cannotBeRead(): InvalidInput {
    const left = this.#bad - this.#problems.length;
    const remedy =
      this.#builder.length === 0 ? 'no line can be read' : '--on-bad-line skip leaves such lines out and counts them';
    const problems = [...this.#problems, ...(left > 0 ? [`... and ${left} more`] : []), remedy];
    return new InvalidInput(`${this.#options.file} cannot be read, nothing was run`, problems);
  }

  #cut(cut: () => void): void {
    try {
      cut();
    } catch (error) {
      if (!(error instanceof LineTooLong)) throw error;
      throw new InvalidInput(`${this.#file} cannot be read, nothing was run`, [
        `line ${this.#lines - this.#linesBefore + 1}: ${error.message}`,
      ]);
    }
  }

  #refuseUtf16(chunk: Uint8Array): void {
    const [first, second] = chunk;
    const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
    if (!isUtf16) return;
    throw new InvalidInput(`${this.#file} cannot be read, nothing was run`, [
      'it is UTF-16; convert it: iconv -f utf-16 -t utf-8',
    ]);
  }

  // ---- lines

  #line(line: string | Fault): void {
    this.#lines += 1;
    if (typeof line !== 'string') {
      this.#refuse(this.#lines, line);
      return;
    }
    if (this.#format === undefined && line.trim() === '') return;
    this.#format ??= this.#begin(line);
    const { isOpen } = this.#format;
    if (!isOpen) this.#recordLine = this.#lines;
    const result = this.#format.line(line);
    if (result === undefined || result === 'more') return;
    if ('hopeless' in result) throw this.#hopeless(result.hopeless);
    if (isFault(result)) this.#refuse(this.#recordLine, result);
    else this.#row(result);
  }

  #row(row: Row): void {
    const { key: keyField, time: timeField, timeUnit } = this.#options;
    const key = keyOf(row.key);
    const time = timeOf(row.time, { unit: timeUnit, zone: this.#zone });
    if (typeof key !== 'string' || time.kind === 'fault') {
      const faults = [
        ...(typeof key === 'string' ? [] : [{ field: keyField, message: key.message }]),
        ...(time.kind === 'fault' ? [{ field: timeField, message: time.message }] : []),
      ];
      this.#refuse(this.#recordLine, ...faults);
      return;
    }
    if (time.isAmbiguous) this.#ambiguous += 1;
    if (time.isNumber) this.#numbers += 1;
    if (time.ms < this.#minMs) this.#minMs = time.ms;
    if (time.ms > this.#maxMs) this.#maxMs = time.ms;
    this.#builder.add(key, time.ms, this.#recordLine);
  }

  /** One line is bad, for one reason or for two. */
  #refuse(line: number, ...faults: readonly Fault[]): void {
    this.#bad += 1;
    if (this.#problems.length >= PROBLEMS_SHOWN) return;
    const where = `${this.#where()}line ${line - this.#linesBefore}`;
    for (const { field, message } of faults) {
      this.#problems.push(`${where}${field === undefined ? '' : `, field ${field}`}: ${message}`);
    }
  }

  #hopeless({ field, message }: Fault): InvalidInput {
    const where = `${this.#where()}line ${this.#lines - this.#linesBefore}`;
    return new InvalidInput(`${this.#options.file} cannot be read, nothing was run`, [
      `${where}${field === undefined ? '' : `, field ${field}`}: ${message}`,
    ]);
  }

  #where(): string {
    return this.#file === this.#options.file ? '' : `${this.#file}, `;
  }

  // ---- formats

  /** Files of a directory are all of the first one's format. */
  #begin(line: string): Format {
    const name = this.#formatName ?? formatOf(line, this.#options);
    if (name === undefined) {
      throw this.#hopeless({
        message: `neither a JSON object, nor a CSV header with the columns ${this.#options.key} and ${this.#options.time}, nor a line of an access log: ${shown(line)}; --format ndjson|csv|clf says what it is`,
      });
    }
    this.#formatName = name;
    return newFormat(name, this.#options, (fault) => this.#hopeless(fault));
  }
}

/** Undefined: it looks like none of them. */
function formatOf(line: string, { key, time }: InputOptions): FormatName | undefined {
  if (/^\s*[[{]/.test(line)) return 'ndjson';
  if (isClf(line)) return 'clf';
  const header = csvHeader(line);
  if (!('message' in header) && (header.includes(key) || header.includes(time)) && header.length > 1) return 'csv';
  return undefined;
}

function newFormat(name: FormatName, { key, time }: InputOptions, hopeless: (fault: Fault) => Error): Format {
  switch (name) {
    case 'ndjson':
      return {
        name,
        isOpen: false,
        line: (text) => (text.trim() === '' ? undefined : jsonLine(text, key, time)),
      };
    case 'clf': {
      const stray = [key, time].find((field) => !CLF_FIELDS.includes(field));
      if (stray !== undefined) {
        throw hopeless({ field: stray, message: `an access log has no such field; it has ${CLF_FIELDS.join(', ')}` });
      }
      return { name, isOpen: false, line: (text) => (text.trim() === '' ? undefined : clfLine(text, key, time)) };
    }
    case 'csv': {
      const lines = new CsvLines(key, time);
      return {
        name,
        get isOpen() {
          return lines.isOpen;
        },
        line: (text) => lines.line(text),
      };
    }
  }
}
