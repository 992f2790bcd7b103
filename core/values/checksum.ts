/**
 * CRC-32 (the polynomial of zip and Ethernet): every burst of up to 32 bits that is wrong is found.
 *
 * Four bytes a step (Intel's "slicing by 4"): table n says what a byte has become n bytes further on, so that the four can be
 * looked up side by side, where one byte after the other waits for the one before.
 */
const TABLE = tableOf(0xedb88320);
const TABLE_1 = furtherOn(TABLE);
const TABLE_2 = furtherOn(TABLE_1);
const TABLE_3 = furtherOn(TABLE_2);

function tableOf(polynomial: number): Uint32Array {
  const table = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 0 ? rest >>> 1 : (rest >>> 1) ^ polynomial;
    table[byte] = rest;
  }
  return table;
}

/** The same with a byte of zero behind. */
function furtherOn(table: Uint32Array): Uint32Array {
  return table.map((rest) => (rest >>> 8) ^ (TABLE[rest & 0xff] ?? 0));
}

/** Of [0, `end`) of the bytes, behind what has the checksum `seed`: 0 for nothing. In [0, 2^32). */
export function crc32(bytes: Uint8Array, end = bytes.length, seed = 0): number {
  const b = bytes;
  let crc = ~seed;
  let i = 0;
  for (; i + 4 <= end; i += 4) {
    const word = crc ^ ((b[i] ?? 0) | ((b[i + 1] ?? 0) << 8) | ((b[i + 2] ?? 0) << 16) | ((b[i + 3] ?? 0) << 24));
    crc =
      (TABLE_3[word & 0xff] ?? 0) ^
      (TABLE_2[(word >>> 8) & 0xff] ?? 0) ^
      (TABLE_1[(word >>> 16) & 0xff] ?? 0) ^
      (TABLE[word >>> 24] ?? 0);
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ (TABLE[(crc ^ (b[i] ?? 0)) & 0xff] ?? 0);
  return ~crc >>> 0;
}
