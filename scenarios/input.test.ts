import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEvents, parseIsoTime } from './input.ts';

const SEED = 20_260_104;
const FIELDS = { keyField: 'net', timeField: 'at' };

describe('events', () => {
  it('are read line by line, with keys as text and times as epoch milliseconds', () => {
    const text = [
      '{"net":"ak","at":1517365101235,"more":[1]}',
      '',
      '{"net":7,"at":"2018-01-31T02:18:21.235Z"}\r',
      '  {"at":-1,"net":false}',
    ].join('\n');
    expect(parseEvents(text, FIELDS)).toEqual({
      records: [
        { key: 'ak', time: 1_517_365_101_235, line: 1 },
        { key: '7', time: 1_517_365_101_235, line: 3 },
        { key: 'false', time: -1, line: 4 },
      ],
    });
  });

  it.each<[string, string | undefined, string]>([
    ['{"net":"ak"', undefined, 'not valid JSON'],
    ['[1]', undefined, 'expected a JSON object, got [1]'],
    ['null', undefined, 'expected a JSON object, got null'],
    ['{"at":1}', 'net', 'missing'],
    ['{"net":null,"at":1}', 'net', 'expected a string, a number or a boolean, got null'],
    ['{"net":{"a":1},"at":1}', 'net', 'expected a string, a number or a boolean, got {"a":1}'],
    ['{"net":"ak"}', 'at', 'missing'],
    ['{"net":"ak","at":1.5}', 'at', 'expected epoch milliseconds (a whole number) or ISO 8601 text, got 1.5'],
    ['{"net":"ak","at":true}', 'at', 'expected epoch milliseconds (a whole number) or ISO 8601 text, got true'],
    [
      '{"net":"ak","at":"2018-01-31T02:18:21"}',
      'at',
      'expected epoch milliseconds (a whole number) or ISO 8601 text with a zone, got "2018-01-31T02:18:21"',
    ],
    [
      '{"net":"ak","at":1517365101235000000}',
      'at',
      '1517365101235000000 is beyond the range of dates; is it in milliseconds?',
    ],
    ['{"net":"ak","__proto__":1}', 'at', 'missing'],
  ])('that are bad are reported with line, field and reason: %s', (line, field, message) => {
    expect(parseEvents(`{"net":"ak","at":0}\n${line}`, FIELDS)).toEqual({ errors: [{ line: 2, field, message }] });
  });

  it('are all looked at, and none is kept if one is bad', () => {
    const parsed = parseEvents('{"net":"ak","at":0}\n{}\n?', FIELDS);
    expect('errors' in parsed && parsed.errors.map(({ line, field }) => [line, field])).toEqual([
      [2, 'net'],
      [2, 'at'],
      [3, undefined],
    ]);
  });

  it('must be there', () => {
    expect(parseEvents('\n \n', FIELDS)).toEqual({
      errors: [{ line: 0, field: undefined, message: 'there are no events: expected one JSON object a line' }],
    });
  });
});

describe('an ISO 8601 time', () => {
  it('is what the platform makes of it', () => {
    fc.assert(
      fc.property(
        fc.date({
          min: new Date('0000-01-01T00:00:00Z'),
          max: new Date('9999-12-31T23:59:59.999Z'),
          noInvalidDate: true,
        }),
        (date) => {
          const text = date.toISOString();
          expect(parseIsoTime(text)).toBe(date.getTime());
          expect(parseIsoTime(text.slice(0, 10))).toBe(Date.parse(text.slice(0, 10)));
        },
      ),
      { seed: SEED, numRuns: 1000 },
    );
  });

  it.each([
    ['1970-01-01', 0],
    ['1970-01-01T00:00Z', 0],
    ['1970-01-01t00:00:00z', 0],
    ['1970-01-01 01:00:00+01', 0],
    ['1970-01-01T01:30:00+0130', 0],
    ['1969-12-31T22:00:00-02:00', 0],
    ['1970-01-01T00:00:00,5Z', 500],
    ['1970-01-01T00:00:00.123999Z', 123],
    ['1969-12-31T23:59:59.999Z', -1],
    ['2000-02-29', 951_782_400_000],
  ])('%s is %i', (text, expected) => {
    expect(parseIsoTime(text)).toBe(expected);
  });

  it.each([
    '',
    '2018',
    '2018-13-01',
    '2018-00-10',
    '2018-02-29',
    '1900-02-29',
    '2018-04-31',
    '2018-01-00',
    '2018-01-01T24:00Z',
    '2018-01-01T00:60Z',
    '2018-01-01T00:00:60Z',
    '2018-01-01T00:00',
    '2018-01-01T00:00+24:00',
    '2018-01-01T00:00+01:60',
    '18-01-01',
    'x2018-01-01',
  ])('"%s" is none', (text) => {
    expect(parseIsoTime(text)).toBeUndefined();
  });
});
