import { expect, it } from 'vitest';
import { crc32 } from './checksum.ts';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (unit) => unit.charCodeAt(0));

it('is the CRC-32 that others compute', () => {
  // The check values of the catalogue of CRCs, and of zip.
  expect(crc32(bytesOf('123456789'))).toBe(0xcbf43926);
  expect(crc32(bytesOf('The quick brown fox jumps over the lazy dog'))).toBe(0x414fa339);
  expect(crc32(bytesOf(''))).toBe(0);
});

it('says the same of all bytes at once and of one after the other, at any length', () => {
  const bytes = Uint8Array.from({ length: 67 }, (_, at) => (at * at * 37 + 11) & 0xff);
  for (let length = 0; length <= bytes.length; length++) {
    let one = 0;
    for (const byte of bytes.subarray(0, length)) one = crc32(Uint8Array.of(byte), 1, one);
    expect(crc32(bytes, length)).toBe(one);
  }
});
