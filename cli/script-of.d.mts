/** See `script-of.mjs`. Throws an error that names the module if one has a form that esbuild does not write. */
export function scriptOf(modules: ReadonlyMap<string, string>): string;
