/** CRC-32 (the polynomial of zip and Ethernet): every burst of up to 32 bits that is wrong is found. */
const TABLE = tableOf(0xedb88320);

function tableOf(polynomial: number): Uint32Array {
  const table = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 0 ? rest >>> 1 : (rest >>> 1) ^ polynomial;
    table[byte] = rest;
  }
  return table;
}

/** Of [0, `end`) of the bytes, behind what has the checksum `seed`: 0 for nothing. In [0, 2^32). */
export function crc32(bytes: Uint8Array, end = bytes.length, seed = 0): number {
  let crc = ~seed;
  for (let i = 0; i < end; i++) crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0);
  return ~crc >>> 0;
}
