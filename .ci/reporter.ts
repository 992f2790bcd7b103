// A vitest reporter with one duty: the last line of a run is `N passed, N failed`, alone on its line, for .ci/run and
// for anyone who greps. A file that cannot be loaded, a hook that throws and an error outside of any test count as
// failed: vitest exits non-zero for them, so the line may not say `0 failed`.

import type { Reporter, TestModule } from 'vitest/node';

type RunEnd = NonNullable<Reporter['onTestRunEnd']>;

export default class CountReporter implements Reporter {
  onTestRunEnd(...[modules, unhandledErrors, reason]: Parameters<RunEnd>): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      const count = countTests(module);
      passed += count.passed;
      failed += count.failed;
    }
    if (reason === 'failed' && failed === 0) failed = 1;
    process.stdout.write(`\n${String(passed)} passed, ${String(failed)} failed\n`);
  }
}

function countTests(module: TestModule): { readonly passed: number; readonly failed: number } {
  let passed = 0;
  let failed = module.errors().length;
  for (const suite of module.children.allSuites()) failed += suite.errors().length;
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state === 'passed') passed += 1;
    if (state === 'failed') failed += 1;
  }
  return { passed, failed };
}
