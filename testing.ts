/** `millrace/testing`: a job under test. */
export { check } from './cli/node/check/check.ts';
export { defineScenario, type ScenarioOptions } from './cli/node/check/define-scenario.ts';
export { CheckError, type CheckProblem } from './properties/check/errors.ts';
export type {
  CheckInput,
  CheckInvariant,
  CheckOptions,
  InputValues,
  Records,
  TopicInput,
} from './properties/check/options.ts';
export type { CheckResult } from './properties/check/tally.ts';
export type { LateRecord } from './properties/plan/expects.ts';
export { expand } from './properties/plan/generate.ts';
export type { Plan, Topics, Workload } from './properties/plan/plan.ts';
export { topicsOf } from './properties/plan/explicit.ts';
export type { Candidates, Parameter, Scenario, ScenarioShrinking } from './properties/plan/scenario.ts';
export type { Outcome, Verdict, Violation } from './properties/outcome.ts';
export {
  HarnessError,
  operatorHarness,
  type HarnessOptions,
  type HarnessOutput,
  type OperatorHarness,
} from './properties/scripted/operator-harness.ts';
export {
  testStream,
  TestStreamError,
  type TestStream,
  type TestStreamOptions,
  type TestStreamResult,
} from './properties/scripted/test-stream.ts';
export { run, type RunOptions, type RunResult } from './properties/run/run.ts';
export { type Config, defineConfig } from './cli/config.ts';
export type { FactKind, Facts, Probe } from './core/facts.ts';
export type { Law, LawListener } from './properties/laws/law.ts';
export type { Mark, MarkWorld } from './properties/marks/mark.ts';
export type { CommittedRecord, WorldView } from './properties/world.ts';
export type { CampaignReport, Reporter } from './reports/reporters.ts';
