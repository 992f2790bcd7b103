/**
 * A key is text: a string as it is, a number in one spelling for each value ("1e3", "1000.0" -> "1000"), exact at any
 * size, true or false by name. So the string "7" and the number 7 are one key; 2^53 and 2^53 + 1 are two.
 */
import { decimalText, parseDecimal } from './decimal.ts';
import { type Fault, type Found, shown } from './found.ts';

export function keyOf(found: Found): string | Fault {
  switch (found.kind) {
    case 'text':
      return found.text;
    case 'number': {
      const decimal = parseDecimal(found.text);
      const text = decimal === undefined ? undefined : decimalText(decimal);
      return text ?? { message: `${shown(found.text)} has too many digits for a key` };
    }
    case 'absent':
      return { message: 'missing' };
    case 'twice':
      return {
        message: `is there ${found.values.length} times: ${shown(found.values.join(' and '))}; which one is meant?`,
      };
    case 'other':
      if (found.text === 'true' || found.text === 'false') return found.text;
      return { message: `expected a string, a number or a boolean, got ${shown(found.text)}` };
  }
}
