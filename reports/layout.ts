/** Text that fits: lists and tables of a given width, and any text on a narrow terminal. */

/** Where nobody says how wide it is: a pipe, a file. */
export const COLUMNS = 120;
/** Below this nothing can be laid out. */
const COLUMNS_MIN = 40;

/** As many items a line as fit, with commas. An item that is too long has a line of its own. */
export function listed(items: readonly string[], columns: number): readonly string[] {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 2 + item.length < columns) lines[lines.length - 1] = `${last}, ${item}`;
    else {
      if (last !== undefined) lines[lines.length - 1] = `${last},`;
      lines.push(item);
    }
  }
  return lines;
}

/** All cells to the right, two blanks between columns; a line a row. */
export function rightAligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '));
}

const GAP = '   ';

/** Cells in as many columns as fit, read line by line. A cell: a name, and what stands to the right of it. */
export function tabled(cells: readonly (readonly [string, string])[], columns: number): readonly string[] {
  for (let across = Math.max(1, Math.min(cells.length, columns)); across > 1; across--) {
    const lines = inColumns(cells, across);
    if (lines.every(({ length }) => length <= columns)) return lines;
  }
  return inColumns(cells, 1);
}

function inColumns(cells: readonly (readonly [string, string])[], across: number): readonly string[] {
  const widest = (column: number, part: 0 | 1): number =>
    Math.max(...cells.filter((_, at) => at % across === column).map((cell) => cell[part].length));
  const widths = Array.from({ length: Math.min(across, cells.length) }, (_, column) => ({
    left: widest(column, 0),
    right: widest(column, 1),
  }));
  const texts = cells.map(([name, value], at) => {
    const { left = 0, right = 0 } = widths[at % across] ?? {};
    return `${name.padEnd(left)}  ${value.padStart(right)}`;
  });
  return Array.from({ length: Math.ceil(texts.length / across) }, (_, at) =>
    texts.slice(at * across, (at + 1) * across).join(GAP),
  );
}

/**
 * Every line at most so wide: what is too long goes on below its own beginning. Commands stay whole, to be copied: the
 * terminal breaks them without a line feed.
 */
export function fitted(text: string, columns: number): string {
  const width = Math.max(COLUMNS_MIN, columns);
  return text
    .split('\n')
    .flatMap((line) => (line.length <= width || isCommand(line) ? [line] : broken(line, width)))
    .join('\n');
}

function isCommand(line: string): boolean {
  return /\b(?:npx millrace|MILLRACE_CASE=)/.test(line);
}

/** `  title       text`: the text of a row begins behind its title; else a line goes on two columns to the right. */
function broken(line: string, width: number): readonly string[] {
  const title = /^ {2}\S+(?: \S+)* {2,}(?=\S)/.exec(line)?.[0].length;
  const margin = /^ */.exec(line)?.[0].length ?? 0;
  const indent = Math.min(title ?? margin + 2, Math.floor(width / 2));
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    // A blank that is no part of the indentation; else in the middle of a word.
    const blank = rest.lastIndexOf(' ', width);
    const at = rest.slice(0, Math.max(0, blank)).trim() === '' ? width : blank;
    lines.push(rest.slice(0, at).trimEnd());
    rest = ' '.repeat(indent) + rest.slice(at).trimStart();
  }
  return [...lines, rest];
}
