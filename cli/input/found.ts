/** What a line of the input holds where the key, or the time, should be. */
export type Found =
  | { readonly kind: 'text'; readonly text: string }
  /** As it is written: "1e3", "9007199254740993". */
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'absent' }
  /** A field that is there twice: nobody can say which one is meant. */
  | { readonly kind: 'twice'; readonly values: readonly string[] }
  /** An object, an array, null, true, false: as it is written. */
  | { readonly kind: 'other'; readonly text: string };

/** The two fields of one line. */
export interface Row {
  readonly key: Found;
  readonly time: Found;
}

/** Why a line is none, or a part of it: said to the user, with file and line. */
export interface Fault {
  /** The field at fault; undefined: the line as a whole. */
  readonly field?: string | undefined;
  readonly message: string;
}

/** 'more': the record goes on in the next line. Undefined: the line holds none (a header, a blank line). */
export type LineResult = Row | Fault | 'more' | undefined;

export const ABSENT: Found = { kind: 'absent' };

export function isFault(result: Row | Fault): result is Fault {
  return 'message' in result;
}

const SHOWN_MAX = 60;

/** A value in a message: cut where it is long. */
export function shown(text: string): string {
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}...` : text;
}
