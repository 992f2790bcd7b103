import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zoneNamed } from '../node/input.ts';
import { doubtAboutUnit, timeOf, type TimeUnit } from './time.ts';

const SEED = 20_260_104;
const UTC_ONLY = { unit: 'ms', zone: undefined } as const;

const text = (of: string, zone?: string): number | string => {
  const time = timeOf(
    { kind: 'text', text: of },
    { unit: 'ms', zone: zone === undefined ? undefined : zoneNamed(zone) },
  );
  return time.kind === 'time' ? time.ms : time.message;
};
const number = (of: string, unit: TimeUnit): number | string => {
  const time = timeOf({ kind: 'number', text: of }, { unit, zone: undefined });
  return time.kind === 'time' ? time.ms : time.message;
};

describe('a time as a number', () => {
  it.each<[string, TimeUnit, number]>([
    ['1517365101235', 'ms', 1_517_365_101_235],
    ['-1', 'ms', -1],
    ['1.5', 'ms', 1],
    ['-1.5', 'ms', -2],
    ['1517365101', 's', 1_517_365_101_000],
    ['1517365101.2359', 's', 1_517_365_101_235],
    ['1.517365101e9', 's', 1_517_365_101_000],
    ['1517365101235999', 'us', 1_517_365_101_235],
    ['1517365101235999999', 'ns', 1_517_365_101_235],
    ['0', 'ns', 0],
    ['-1', 'ns', -1],
  ])('%s in %s is %i', (value, unit, ms) => {
    expect(number(value, unit)).toBe(ms);
    expect(timeOf({ kind: 'text', text: ` ${value} ` }, { unit, zone: undefined })).toMatchObject({
      ms,
      isNumber: true,
    });
  });

  it('beyond the range of dates names the unit in which it would be none', () => {
    expect(number('1517365101235000000', 'ms')).toBe(
      '1517365101235000000 is beyond the range of dates in milliseconds; is it in nanoseconds? --time-unit ns',
    );
    expect(number('9'.repeat(40), 'ms')).toMatch(/is beyond the range of dates in milliseconds$/);
  });

  it.each<[TimeUnit, number, number, string | undefined]>([
    [
      'ms',
      1_420_117_200,
      1_420_117_800,
      'read as milliseconds, all times are in 1970: are they in seconds? Then say --time-unit s',
    ],
    [
      'ms',
      1_517_365_101_235_000,
      1_517_365_101_236_000,
      'read as milliseconds, all times are after 2100: are they in microseconds? Then say --time-unit us',
    ],
    [
      's',
      1_517_365_101_235_000,
      1_517_365_101_236_000,
      'read as seconds, all times are after 2100: are they in milliseconds? Then say --time-unit ms',
    ],
    [
      'ms',
      1,
      2,
      'read as milliseconds, all times are in 1970: if they do not count from a beginning of their own, name their unit: --time-unit s|us|ns',
    ],
    ['ms', 1_420_117_200, 1_517_365_101_235, undefined],
    ['ms', 1_517_365_101_235, 1_517_365_101_236, undefined],
  ])('in %s from %i to %i', (unit, min, max, doubt) => {
    expect(doubtAboutUnit(unit, min, max)).toBe(doubt);
  });
});

describe('a time as text', () => {
  it('is what the platform makes of it', () => {
    const date = fc.date({
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (at) => {
        const iso = at.toISOString();
        expect(text(iso)).toBe(at.getTime());
        expect(text(iso.replace(/[-:]/g, ''))).toBe(at.getTime());
        expect(text(iso.slice(0, 10))).toBe(Date.parse(iso.slice(0, 10)));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it.each([
    ['1970-01-01', 0],
    ['1970-01-01T00:00Z', 0],
    ['1970-01-01t00:00:00z', 0],
    ['1970-01-01 01:00:00+01', 0],
    ['1970-01-01 01:00:00 +0100', 0],
    ['1970-01-01 00:00:00 UTC', 0],
    ['1970-01-01T01:30:00+0130', 0],
    ['1969-12-31T22:00:00-02:00', 0],
    ['1970-01-01T00:00:00,5Z', 500],
    ['1970-01-01T00:00:00.123999999Z', 123],
    ['1969-12-31T23:59:59.999Z', -1],
    ['2000-02-29', 951_782_400_000],
    ['10/Oct/2000:13:55:36 -0700', 971_211_336_000],
  ])('%s is %i', (of, expected) => {
    expect(text(of)).toBe(expected);
  });

  it.each([
    ...['', 'noon', '18-01-01', 'x2018-01-01', '2018-0101'],
    ...['2018-13-01', '2018-00-10', '2018-02-29', '1900-02-29', '2018-04-31', '2018-01-00'],
    ...[
      '2018-01-01T24:00Z',
      '2018-01-01T00:60Z',
      '2018-01-01T00:00:60Z',
      '2018-01-01T00:00+24:00',
      '2018-01-01T00:00+01:60',
    ],
    ...['10/Okt/2000:13:55:36 -0700', '31/Feb/2000:13:55:36 -0700'],
  ])('"%s" is none', (of) => {
    expect(text(of)).toMatch(/^expected a number, an ISO|^there is no such/);
  });

  it('without a zone needs one by option', () => {
    expect(text('2018-01-31T02:18')).toBe(
      '"2018-01-31T02:18" names no zone: say which one is meant, as in --zone UTC or --zone Europe/Berlin',
    );
    expect(text('2018-01-31T02:18', 'UTC')).toBe(Date.parse('2018-01-31T02:18Z'));
    expect(text('2018-01-31T02:18', '+02:00')).toBe(Date.parse('2018-01-31T00:18Z'));
    expect(text('2018-01-31T02:18', 'Europe/Berlin')).toBe(Date.parse('2018-01-31T01:18Z'));
    expect(text('2018-07-31', 'Europe/Berlin')).toBe(Date.parse('2018-07-30T22:00Z'));
    expect(text('2018-07-31T00:00Z', 'Europe/Berlin')).toBe(Date.parse('2018-07-31T00:00Z'));
  });

  it('that a clock skips is an error, one that it shows twice is the first', () => {
    expect(text('2021-03-28T02:30', 'Europe/Berlin')).toBe('the clocks of this zone skip "2021-03-28T02:30"');
    expect(text('2021-10-31T02:30', 'Europe/Berlin')).toBe(Date.parse('2021-10-31T00:30Z'));
    const twice = timeOf({ kind: 'text', text: '2021-10-31T02:30' }, { unit: 'ms', zone: zoneNamed('Europe/Berlin') });
    expect(twice).toMatchObject({ isAmbiguous: true });
    expect(
      timeOf({ kind: 'text', text: '2021-10-31T03:30' }, { unit: 'ms', zone: zoneNamed('Europe/Berlin') }),
    ).toMatchObject({
      isAmbiguous: false,
    });
    expect(text('2021-10-03T02:15', 'Australia/Lord_Howe')).toMatch(/skip/);
    expect(text('2021-10-03T02:30', 'Australia/Lord_Howe')).toBe(Date.parse('2021-10-02T15:30Z'));
  });

  it('is refused where the zone is none', () => {
    expect(() => zoneNamed('Berlin')).toThrow(/^--zone Berlin: there is no such zone; expected an IANA name/);
    expect(timeOf({ kind: 'absent' }, UTC_ONLY)).toEqual({ kind: 'fault', message: 'missing' });
  });
});
