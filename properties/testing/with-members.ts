/**
 * An object with some of its members replaced. `Object.create(inner, ...)` does not do: a class keeps its state in
 * private fields, and only the object itself has those.
 */
export function withMembers<T extends object>(inner: T, members: Partial<T>): T {
  return new Proxy(inner, {
    get(target, name): unknown {
      if (name in members) return Reflect.get(members, name);
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
