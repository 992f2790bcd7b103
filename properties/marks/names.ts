/**
 * Names of ids, each made once a run: facts come with the same few objects again and again, and a text made for each fact
 * is what a mark costs. Ids that are other objects and say the same have the same name, as without this.
 */
export function namesBy<T extends object>(nameOf: (id: T) => string): (id: T) => string {
  const names = new WeakMap<T, string>();
  return (id) => {
    let name = names.get(id);
    if (name === undefined) names.set(id, (name = nameOf(id)));
    return name;
  };
}
