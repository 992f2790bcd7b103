/**
 * Which connectors are the engine's own: what one of them throws is a bug of ours, whatever the author's are called. Known by
 * identity, so that a copy in which the author has changed a method is the author's.
 */
const OURS = new WeakSet<object>();

/** Of a factory of ours: the connector, which is ours from here on. */
export function ours<T extends object>(connector: T): T {
  OURS.add(connector);
  return connector;
}

export function isOurs(connector: object): boolean {
  return OURS.has(connector);
}
