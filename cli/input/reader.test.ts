import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../../scenarios/input-events.ts';
import { eventsIn, problemsIn, read, readFiles } from './testing/read.ts';

const SEED = 20_260_104;
const SKIP = 'skip';

describe('events', () => {
  it('are read line by line, with keys as text, times as epoch milliseconds, and their lines', () => {
    const text = [
      '{"k":"ak","t":1517365101235,"more":[1]}',
      '',
      '{"k":7,"t":"2018-01-31T02:18:21.235Z"}\r',
      '  {"t":-1,"k":false}',
    ].join('\n');
    expect(eventsOf(read(text).columns)).toEqual([
      { key: 'ak', time: 1_517_365_101_235, line: 1 },
      { key: '7', time: 1_517_365_101_235, line: 3 },
      { key: 'false', time: -1, line: 4 },
    ]);
  });

  it('are the same in whatever pieces the bytes come, line ends and byte order mark included', () => {
    const end = fc.constantFrom('\n', '\r\n');
    const line = fc.record({ k: fc.string({ unit: 'binary' }), t: fc.integer() }).map((event) => JSON.stringify(event));
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1 }),
        end,
        fc.boolean(),
        fc.integer({ min: 1, max: 9 }),
        (lines, lf, bom, pieces) => {
          const text = (bom ? '\uFEFF' : '') + lines.join(lf);
          const [cut, whole] = [read(text, { pieces }), read(lines.join('\n'))];
          expect([eventsIn(cut), cut.notes]).toEqual([eventsIn(whole), whole.notes]);
        },
      ),
      { seed: SEED, numRuns: 200 },
    );
  });

  it('have the keys and times of JSON.parse, whatever else a line holds and wherever the fields stand', () => {
    const name = fc.constantFrom('k', 't', 'a', 'k\\', '"', 'é', 'a.b');
    const other = fc.dictionary(name, fc.jsonValue({ maxDepth: 3, noUnicodeString: false }), { noNullPrototype: true });
    fc.assert(
      fc.property(other, fc.string({ unit: 'binary' }), fc.nat(), fc.nat(5), (extra, key, time, indent) => {
        const { k: _, t: __, ...rest } = extra;
        const value =
          indent % 2 === 0 ? { ...rest, at: { k: [{ key }], t: time } } : { at: { k: [{ key }], t: time }, ...rest };
        const text = JSON.stringify(value, undefined, indent).replaceAll('\n', ' ');
        expect(eventsIn(read(text, { key: 'at.k.0.key', time: 'at.t' }))).toEqual([`${key}@${time}`]);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it.each<[string, string]>([
    ['{"k":"ak"', 'not valid JSON: {"k":"ak"'],
    ['[{"k":1}]', 'expected a JSON object, got [{"k":1}]: `jq -c \'.[]\' file` writes an array one object a line'],
    ['null', 'expected a JSON object, got null'],
    ['{"t":1}', 'field k: missing'],
    ['{"k":null,"t":1}', 'field k: expected a string, a number or a boolean, got null'],
    ['{"k":{"a":1},"t":1}', 'field k: expected a string, a number or a boolean, got {"a":1}'],
    ['{"k":"ak"}', 'field t: missing'],
    ['{"k":"ak","__proto__":1}', 'field t: missing'],
    ['{"k":"ak","t":true}', 'field t: expected a number, an ISO 8601 time or one of an access log, got true'],
    ['{"k":"a","k":"b","t":1}', 'field k: is there 2 times: "a" and "b"; which one is meant?'],
    ['{"k":"a","t":1,"\\u0074":2}', 'field t: is there 2 times: 1 and 2; which one is meant?'],
    ['{"k":1e999999,"t":1}', 'field k: 1e999999 has too many digits for a key'],
  ])('that are bad are reported with line, field and reason: %s', (line, message) => {
    const [first, problem, remedy] = problemsIn(`{"k":"ak","t":0}\n${line}`);
    expect(first).toBe('in cannot be read, nothing was run:');
    expect(problem).toBe(`line 2${message.startsWith('field') ? ', ' : ': '}${message}`);
    expect(remedy).toBe('--on-bad-line skip leaves such lines out and counts them');
  });

  it('are all looked at, and none is kept if one is bad, unless bad lines are skipped: then they are counted', () => {
    const text = '{"k":"ak","t":0}\n{}\n?\n{"k":"b","t":1}';
    expect(problemsIn(text).slice(1, 4)).toEqual([
      'line 2, field k: missing',
      'line 2, field t: missing',
      'line 3: not valid JSON: ?',
    ]);
    const { notes, ...input } = read(text, { onBadLine: SKIP });
    expect(eventsIn({ notes, ...input })).toEqual(['ak@0', 'b@1']);
    expect(notes).toMatchObject({ lines: 4, skipped: 2 });
    expect(notes.skippedFirst).toContain('line 3: not valid JSON: ?');
  });

  it('must be there, and not all of them bad', () => {
    expect(problemsIn('\n \n')[1]).toMatch(/^there are no events: expected one JSON object a line, CSV/);
    expect(problemsIn('{}\n{}', { onBadLine: SKIP }).at(-1)).toBe('no line can be read');
  });

  it('that are many and bad are named up to a number, and counted', () => {
    const problems = problemsIn('{}\n'.repeat(100));
    expect(problems.at(-2)).toMatch(/^\.\.\. and \d+ more$/);
    expect(problems.length).toBeLessThan(30);
  });
});

describe('keys', () => {
  it('of equal numbers are equal, of different ones different, at any size', () => {
    const spellings = [
      '9007199254740993',
      '9007199254740992',
      '1e3',
      '1000.0',
      '-0',
      '0.10',
      '1e-1',
      '123456789012345678901e-20',
    ];
    const text = spellings.map((k) => `{"k":${k},"t":0}`).join('\n');
    expect(eventsOf(read(text).columns).map(({ key }) => key)).toEqual([
      '9007199254740993',
      '9007199254740992',
      '1000',
      '1000',
      '0',
      '0.1',
      '0.1',
      '1.23456789012345678901',
    ]);
  });

  it('are fields of objects, too; a field whose own name has the dot comes first', () => {
    expect(eventsIn(read('{"repo":{"name":"o/r"},"t":0}', { key: 'repo.name' }))).toEqual(['o/r@0']);
    expect(eventsIn(read('{"repo":{"name":"x"},"repo.name":"y","t":0}', { key: 'repo.name' }))).toEqual(['y@0']);
    expect(problemsIn('{"repo":"o/r","t":0}', { key: 'repo.name' })[1]).toBe('line 1, field repo.name: missing');
    expect(problemsIn('{"repo":{"name":1},"repo":{"name":1},"t":0}', { key: 'repo.name' })[1]).toMatch(
      /is there 2 times/,
    );
  });
});

describe('bytes', () => {
  it('that are no UTF-8 make a bad line: a mark in their place would make different keys one', () => {
    const bytes = (...middle: number[]) => [
      ...new TextEncoder().encode('{"k":"'),
      ...middle,
      ...new TextEncoder().encode('","t":0}\n'),
    ];
    const file = Uint8Array.from([...bytes(0x61), ...bytes(0xff, 0xfe), ...bytes(0xc3, 0x28), ...bytes(0xc3, 0xa9)]);
    for (const pieces of [1, 7, 1000]) {
      expect(problemsIn(file, { pieces }).slice(1, 3)).toEqual([
        'line 2: not valid UTF-8 at character 7; `iconv -f latin1 -t utf-8` converts a Latin-1 file',
        'line 3: not valid UTF-8 at character 7; `iconv -f latin1 -t utf-8` converts a Latin-1 file',
      ]);
      expect(eventsIn(read(file, { pieces, onBadLine: SKIP }))).toEqual(['a@0', 'é@0']);
    }
  });

  it('of UTF-16 are named as such', () => {
    expect(problemsIn(Uint8Array.from([0xff, 0xfe, 0x7b, 0x00]))[1]).toBe(
      'it is UTF-16; convert it: iconv -f utf-16 -t utf-8',
    );
  });
});

describe('formats', () => {
  it('CSV has a header, quotes, line ends in quotes, and one of three separators', () => {
    for (const separator of [',', ';', '\t']) {
      const text = ['t,"k",note', '1,a,', '2,"a ""b"", c","two', 'lines"', '', '3,"",x', '4,d,"y"']
        .join('\n')
        .replaceAll(',', separator);
      const input = read(text, { onBadLine: SKIP });
      expect(eventsIn(input)).toEqual(['a@1', `a "b"${separator} c@2`, 'd@4']);
      expect(eventsOf(input.columns).map(({ line }) => line)).toEqual([2, 3, 7]);
      expect(input.notes).toMatchObject({ format: 'csv', skipped: 1, skippedFirst: ['line 6, field k: missing'] });
    }
  });

  it.each([
    ['a,b\n1,2', 'line 1: neither a JSON object, nor a CSV header with the columns k and t'],
    ['k,b\n1,2', 'line 1, field t: the header has no such column; it has k, b'],
    ['k,t,t\n1,2,3', 'line 1, field t: the header has this column 2 times; it has k, t, t'],
    ['k,t\n1,2,3', 'line 2: 3 fields, and the header has 2'],
    ['k,t\na"b,1', 'line 2: a quote inside a field without quotes: a"b'],
    ['k,t\n"a"b,1', 'line 2: text behind the closing quote of field 1'],
    ['k,t\na,1\n"b,2\nc,3', 'line 3: a field in quotes that never ends'],
  ])('CSV that is bad: %j', (text, problem) => {
    expect(problemsIn(text)[1]?.startsWith(problem)).toBe(true);
  });

  it('access logs have the fields of the common and the combined format', () => {
    const text = [
      '10.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a?b HTTP/1.0" 200 2326',
      '10.0.0.2 - - [10/Oct/2000:13:55:37 -0700] "GET /\\"q\\" HTTP/1.1" 404 - "https://example.org/" "Mozilla/4.08 [en]"',
    ].join('\n');
    const by = (key: string) =>
      eventsOf(read(text, { key, time: 'time', onBadLine: SKIP }).columns).map((event) => event.key);
    expect(by('host')).toEqual(['10.0.0.1', '10.0.0.2']);
    expect(by('status')).toEqual(['200', '404']);
    expect(by('path')).toEqual(['/a?b', '/\\"q\\"']);
    expect(by('user')).toEqual(['frank']);
    expect(by('agent')).toEqual(['Mozilla/4.08 [en]']);
    expect(read(text, { key: 'host', time: 'time' }).columns.times[0]).toBe(Date.parse('2000-10-10T20:55:36Z'));
    expect(problemsIn(text, { key: 'ip', time: 'time' })[1]).toMatch(
      /^line 1, field ip: an access log has no such field; it has host/,
    );
    expect(problemsIn(`${text}\nnonsense`, { key: 'host', time: 'time' })[1]).toMatch(
      /^line 3: expected host ident user/,
    );
  });

  it('of a directory are one; lines count per file in messages, and over all files in events', () => {
    const files = new Map([
      ['d/a', '{"k":"a","t":0}\n{"k":"b","t":1}\n'],
      ['d/b', '{"k":"c","t":2}'],
    ]);
    const { columns, notes } = readFiles(files, { file: 'd' });
    expect(eventsOf(columns).map(({ line }) => line)).toEqual([1, 2, 3]);
    expect([columns.files, notes.files]).toEqual([[0, 2], 2]);
    expect(() => readFiles(new Map([...files, ['d/c', '?']]), { file: 'd' })).toThrow('d/c, line 1: not valid JSON: ?');
  });
});
