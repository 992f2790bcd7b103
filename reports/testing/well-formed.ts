/** Whether a text is well-formed XML, as far as a report can go wrong: characters, tags, quotes, entities. */
export function wellFormed(xml: string): boolean {
  // eslint-disable-next-line no-control-regex -- these may not occur in XML at all
  if (/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/.test(xml) || /\p{Surrogate}/u.test(xml)) return false;
  const open: string[] = [];
  const bare = xml.replace(/^<\?xml[^?]*\?>/, '').replaceAll(/<!\[CDATA\[[\s\S]*?\]\]>/g, '');
  const rest = bare.replaceAll(
    /<(\/?)([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>/g,
    (_, end, name: string, attributes: string, empty) => {
      if (/&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/i.test(attributes)) open.push('a stray &');
      if (end === '/') {
        if (open.pop() !== name) open.push('a stray end');
      } else if (empty !== '/') open.push(name);
      return '';
    },
  );
  return open.length === 0 && !/[<]|&(?!(?:amp|lt|gt|quot|apos|#\d+);)|\]\]>/.test(rest);
}
