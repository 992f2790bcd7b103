/** What a type description is compiled into (`compile.ts`). */
import type { ByteReader, ByteWriter } from './bytes.ts';

export interface Codec {
  /** @throws Refused if the value is not of the type; some bytes may have been written by then. */
  readonly write: (value: unknown, out: ByteWriter) => void;
  /** @throws IoError if the bytes are not a value of the type. */
  readonly read: (input: ByteReader) => unknown;
  /** True: the value is of the type, and frozen all the way down from here on. False: some of it may be frozen by then. */
  readonly admit: (value: unknown) => boolean;
  /** What is wrong with a value, after where: "bid.price: expected ..."; undefined if nothing is. `path` is where the value is. */
  readonly check: (value: unknown, path: string) => string | undefined;
}
