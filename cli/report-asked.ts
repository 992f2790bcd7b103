/** `--report <flag=file>`: a report by a reporter of the workspace. */
import type { ReportFile } from '../reports/reporters.ts';
import { BadUsage } from './exit-codes.ts';
import type { Workspace } from './workspace.ts';

/** `asked`: "html=report.html". Throws `BadUsage` if there is no such reporter. */
export function reportAsked({ reporters }: Workspace, asked: string): ReportFile {
  const at = asked.indexOf('=');
  const flag = asked.slice(0, Math.max(0, at));
  const reporter = reporters.find((one) => one.flag === flag);
  if (reporter !== undefined && at + 1 < asked.length) return { reporter, file: asked.slice(at + 1) };
  const names = reporters.map((one) => one.flag).join(', ');
  throw new BadUsage(`--report ${asked}: expected a reporter, =, and a file; there are ${names}`);
}
