/**
 * Which value a failed assignment was about. The error of the platform names the property alone ("Cannot assign to read only
 * property 'price' of object"), so the values that user code had at hand are searched for it: mostly there is one place.
 */
const PLACES_MAX = 3;
const DEPTH_MAX = 8;

/** `names[i]` is what to call `values[i]`. Returns "record.items[3].price" and the like, at most three, or nothing. */
export function findChanged(message: string, values: readonly unknown[], names: readonly string[]): readonly string[] {
  const property = /propert(?:y|ies) ['"]?([^'",]+?)['"]?(?: of|,|:|$| is)/.exec(message)?.[1];
  if (property === undefined) return [];
  const adds = /add property|extensible/.test(message);
  const places = new Set<string>();
  const seen = new Set<object>();
  values.forEach((value, at) => {
    search(value, names[at] ?? 'a value', 0);
  });
  return [...places].slice(0, PLACES_MAX);

  function search(value: unknown, path: string, depth: number): void {
    if (typeof value !== 'object' || value === null || depth > DEPTH_MAX || ArrayBuffer.isView(value)) return;
    if (seen.has(value) || !Object.isFrozen(value)) return;
    seen.add(value);
    if (adds ? isAddedTo(value, property ?? '') : Object.hasOwn(value, property ?? '')) {
      places.add(path + step(value, property ?? ''));
    }
    for (const [name, part] of Object.entries(value)) search(part, path + step(value, name), depth + 1);
  }
}

/** `push` adds the property that is the list's length; a name is added to what has no such name. */
function isAddedTo(value: object, property: string): boolean {
  if (Array.isArray(value)) return String(value.length) === property;
  return !Object.hasOwn(value, property) && !/^\d+$/.test(property);
}

function step(value: object, property: string): string {
  return Array.isArray(value) ? `[${property}]` : `.${property}`;
}
