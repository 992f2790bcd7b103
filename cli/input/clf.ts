/**
 * Access logs of web servers: the common log format, and the combined one, which adds referer and agent.
 *
 *   127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a?b HTTP/1.0" 200 2326 "https://example.org/" "Mozilla/4.08"
 *   host ident user   time                          request             status bytes referer           agent
 *
 * `method`, `path` and `protocol` are the parts of the request. "-" is a missing value. Left out: formats of people's own.
 */
import { ABSENT, type Fault, type Found, type Row, shown } from './found.ts';

const QUOTED = '"((?:[^"\\\\]|\\\\.)*)"';
const LINE = new RegExp(
  `^(\\S+) (\\S+) (.+?) \\[([^\\]]+)\\] ${QUOTED} (\\d{3}|-) (\\d+|-)(?: ${QUOTED}(?: ${QUOTED})?)?(?: .*)?$`,
);
const COLUMNS = ['host', 'ident', 'user', 'time', 'request', 'status', 'bytes', 'referer', 'agent'] as const;
const REQUEST_PARTS = ['method', 'path', 'protocol'] as const;

export const CLF_FIELDS: readonly string[] = [...COLUMNS, ...REQUEST_PARTS];

export function isClf(text: string): boolean {
  return LINE.test(text);
}

export function clfLine(text: string, key: string, time: string): Row | Fault {
  const match = LINE.exec(text);
  if (match === null) {
    return { message: `expected host ident user [time] "request" status bytes, got ${shown(text)}` };
  }
  return { key: column(match, key), time: column(match, time) };
}

function column(match: readonly string[], name: string): Found {
  const part = REQUEST_PARTS.findIndex((of) => of === name);
  const text =
    part < 0
      ? match[COLUMNS.findIndex((of) => of === name) + 1]
      : (match[COLUMNS.indexOf('request') + 1] ?? '').split(' ')[part];
  return text === undefined || text === '' || text === '-' ? ABSENT : { kind: 'text', text };
}
