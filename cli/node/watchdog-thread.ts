/**
 * The source of the watchdog's thread: plain JavaScript, so that it runs under any loader and in any bundle. It reads what
 * the main thread leaves in the shared memory (`watchdog.ts` has the layout), and when a turn has taken too much, it stops
 * the main thread in the debugger, reads the stack, and says what it found.
 *
 *     shared memory   state, beat  ---poll--->  no beat for so much CPU time  -->  Debugger.pause  -->  stack, operator
 *     `ends`          a line on the given descriptor, then the process ends (SIGKILL: nothing of it can be in the way)
 *     else            the finding in the shared memory, then SIGINT, which ends the script that the main thread runs
 */
export const WATCHDOG_THREAD = String.raw`
const { workerData } = require('node:worker_threads');
const { Session } = require('node:inspector');
const { SourceMap } = require('node:module');
const { writeSync, readFileSync } = require('node:fs');
const { fileURLToPath, pathToFileURL } = require('node:url');
const { memory, turnCpuMs, idleFactor, wallFactor, wallLeastMs, pollMs, ends, descriptor, parent, ours, frameName, global } = workerData;

const words = new Int32Array(memory, 0, 8);
const text = new Uint8Array(memory, 32);
const [STATE, BEAT, RUN, EXPIRED, LENGTH] = [0, 1, 2, 3, 4];
const [OFF, ENGINE, TURN] = [0, 1, 2];
/** The main thread may be where nothing can stop it: in a call of the platform. */
const PAUSE_MS = 1_000;

const session = new Session();
session.connectToMainThread();
const scripts = new Map();
session.on('Debugger.scriptParsed', ({ params }) => scripts.set(params.scriptId, params));
const post = (method, params) =>
  new Promise((resolve, reject) => session.post(method, params, (error, result) => (error ? reject(error) : resolve(result))));

let beat = -1;
let cpuFrom = 0;
let wallFrom = 0;
let busy = false;
/** The beat at which a finding was told. */
let told = -1;
/** The beat at which it was looked whether code of the job's runs outside of a turn. */
let looked = -1;
const cpuMs = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1_000; };

setInterval(() => {
  if (parent !== 0 && process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  if (busy) return;
  const state = Atomics.load(words, STATE);
  const now = Atomics.load(words, BEAT);
  if (state === OFF || now !== beat) {
    beat = now;
    cpuFrom = cpuMs();
    wallFrom = performance.now();
    return;
  }
  const cpu = cpuMs() - cpuFrom;
  const wall = performance.now() - wallFrom;
  const passed = (most) => cpu >= most || wall >= Math.max(wallLeastMs, most * wallFactor);
  // Outside of turns only code of the job's is bounded as in a turn: event times are read there.
  const whole = passed(turnCpuMs * (state === TURN ? 1 : idleFactor));
  if (now === told || !(whole || (passed(turnCpuMs) && looked !== now))) return;
  looked = now;
  busy = true;
  expire(now, state, whole, { cpuMs: Math.round(cpu), wallMs: Math.round(wall) }).finally(() => { busy = false; });
}, pollMs);

async function expire(at, state, whole, spent) {
  let given;
  const paused = new Promise((resolve) => {
    given = ({ params }) => resolve(params.callFrames);
    session.once('Debugger.paused', given);
  });
  try {
    await post('Debugger.enable');
    post('Debugger.pause').catch(() => undefined);
    const frames = await Promise.race([paused, new Promise((resolve) => setTimeout(resolve, PAUSE_MS, []))]);
    const seen = await look(frames);
    const isUsers = seen.operator !== undefined && seen.frames.length > 0;
    // It went on before it was stopped.
    if ((whole || isUsers) && Atomics.load(words, BEAT) === at && Atomics.load(words, STATE) === state && seen.debugged !== true) {
      tell(at, { run: Atomics.load(words, RUN), ...spent, operator: seen.operator, frames: seen.frames });
    }
  } finally {
    session.removeListener('Debugger.paused', given);
    await post('Debugger.disable').catch(() => undefined);
  }
}

/** While the main thread is still stopped: it cannot leave its script before the signal. */
function tell(at, finding) {
  const line = JSON.stringify(finding);
  if (ends) {
    try { writeSync(descriptor, line + '\n'); } finally { process.kill(process.pid, 'SIGKILL'); }
  }
  const bytes = new TextEncoder().encode(line).subarray(0, text.length);
  text.set(bytes);
  Atomics.store(words, LENGTH, bytes.length);
  Atomics.store(words, EXPIRED, 1);
  told = at;
  process.kill(process.pid, 'SIGINT');
}

/** The user's frames, innermost first, and the operator whose code runs. */
async function look(frames) {
  const said = await ask(frames);
  const end = frames.findIndex(({ functionName }) => functionName === frameName);
  const inner = end < 0 ? frames : frames.slice(0, end);
  return { ...said, frames: inner.filter(isUsers).slice(0, 6).map(inWords) };
}

/** Whose code runs, and whether somebody debugs it: asked at a frame, because the thread that knows is stopped. */
async function ask(frames) {
  for (const { callFrameId } of frames.slice(0, 3)) {
    try {
      const { result } = await post('Debugger.evaluateOnCallFrame', {
        callFrameId,
        expression: 'JSON.stringify(globalThis[Symbol.for(' + JSON.stringify(global) + ')]())',
        silent: true,
        returnByValue: true,
      });
      if (typeof result.value === 'string') return JSON.parse(result.value);
    } catch {
      // The next frame may be of a context that knows.
    }
  }
  return {};
}

const urlOf = ({ url, location }) => scripts.get(location.scriptId)?.url || url || '';

function isUsers(frame) {
  const url = urlOf(frame);
  const file = url.startsWith('/') ? pathToFileURL(url).href : url;
  if (!file.startsWith('file://') || file.includes('/node_modules/')) return false;
  return !ours.some((source) => new RegExp(source).test(file));
}

function inWords(frame) {
  const url = urlOf(frame);
  const { lineNumber, columnNumber = 0 } = frame.location;
  const at = original(scripts.get(frame.location.scriptId), url, lineNumber, columnNumber);
  const file = at.file.startsWith('file://') ? fileURLToPath(at.file) : at.file;
  return 'at ' + (frame.functionName || '<anonymous>') + ' (' + file + ':' + at.line + ':' + at.column + ')';
}

/** Through the source map of the script, if it has one. */
function original(script, url, line, column) {
  const plain = { file: url, line: line + 1, column: column + 1 };
  const address = script?.sourceMapURL;
  if (!address) return plain;
  try {
    const payload = address.startsWith('data:')
      ? Buffer.from(address.slice(address.indexOf(',') + 1), address.includes(';base64') ? 'base64' : 'utf8').toString()
      : readFileSync(new URL(address, url.startsWith('/') ? pathToFileURL(url) : url), 'utf8');
    const entry = new SourceMap(JSON.parse(payload)).findEntry(line, column);
    if (entry.originalSource === undefined) return plain;
    const file = entry.originalSource.startsWith('file:') || entry.originalSource.startsWith('/')
      ? entry.originalSource
      : new URL(entry.originalSource, url.startsWith('/') ? pathToFileURL(url) : url).href;
    return { file, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  } catch {
    return plain;
  }
}
`;
