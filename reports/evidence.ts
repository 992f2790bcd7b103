/** Evidence in words, one line an item. */
import type { EvidenceItem, ShownValue } from '../properties/evidence.ts';

export function evidenceText(item: EvidenceItem): string {
  switch (item.kind) {
    case 'text':
    case 'waits':
      return item.text;
    case 'value':
      return valueText(item.value);
    case 'values':
      return item.values.map(valueText).join(', ');
    case 'channel':
      return `${item.sender}->${item.receiver} of attempt ${item.attempt}`;
    case 'window':
      return `[${item.start}, ${item.end})`;
    case 'cause':
      return item.chain.join(' -> ');
  }
}

function valueText(value: ShownValue): string {
  return value === null ? 'nothing' : String(value);
}
