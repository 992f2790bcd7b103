/** `npm run docs`: writes the documents that are made from the code. */
import { writeFileSync } from 'node:fs';
import { GENERATED_DOCS } from './generated-docs.ts';

for (const { path, text } of GENERATED_DOCS) {
  writeFileSync(new URL(`../../${path}`, import.meta.url), text());
  process.stdout.write(`${path}\n`);
}
