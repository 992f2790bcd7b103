/** What the services that read the examples for continuous integration accept, by the schemas beside this. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { parse } from 'yaml';

/** Files of `examples/ci`, and the schema of each. */
const SCHEMAS: Readonly<Record<string, string>> = {
  'github.yml': 'github-workflow',
  'nightly.yml': 'github-workflow',
  'gitlab.yml': 'gitlab-ci',
  'kubernetes.yml': 'kubernetes-job',
};

/** Says what is wrong with a text, line by line. */
export function checkerOf(name: string): (text: string) => readonly string[] {
  const schema = SCHEMAS[name];
  if (schema === undefined) throw new Error(`${name}: there is no schema for it`);
  const file = new URL(`schemas/${schema}.json`, import.meta.url);
  // Formats are notes for editors here; keywords of editors' own are no mistake of the schema.
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object);
  return (text) => {
    validate(parse(text));
    return (validate.errors ?? []).map(({ instancePath, message, params }) =>
      [instancePath, message ?? '', JSON.stringify(params)].join(' '),
    );
  };
}
