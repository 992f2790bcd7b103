/**
 * The way between one process and one service: what every request-reply service of the world has in common.
 *
 *   caller   ──ask──┐                       ┌──settles──  (in the process; a dead one hears nothing)
 *                   │ half of the duration  │ the rest
 *   service         └──────── effect ───────┘             (an event of its own; it needs no live process)
 *
 * A request that has left takes effect even if its caller dies: for the next incarnation its outcome is unknown. A
 * request that is to get lost with its caller is a kill *at* the port call. One draw a call says how long it takes, one
 * whether its reply is lost. Left out: requests that are lost, throttled or refused for want of service, and writes that
 * take effect after their caller has got `unknown`.
 */
import { IoError } from '../../core/errors.ts';
import type { Written } from '../../core/ports.ts';
import { Deferred } from '../../core/waiting.ts';
import type { Pending } from '../../core/waiting.ts';
import type { Choices, Kernel, SimProcess, Stream, Target, WorldContext } from '../kernel/types.ts';

export const WRITTEN: Written = { kind: 'written' };
export const REFUSED: Written = { kind: 'refused' };
const UNKNOWN: Written = { kind: 'unknown' };

/** How long a round trip takes, `base + draw below (jitter + 1)`, and which share of the replies to writes is lost. */
export interface Quality {
  readonly latencyUs: number;
  readonly jitterUs: number;
  readonly lostReplyPer1000: number;
}

/** `base + draw below (jitter + 1)`. A stream is made only where something is drawn. */
export class Duration {
  readonly #baseUs: number;
  readonly #jitterUs: number;
  readonly #jitter: Stream | undefined;

  private constructor(baseUs: number, jitterUs: number, jitter: Stream | undefined) {
    this.#baseUs = baseUs;
    this.#jitterUs = jitterUs;
    this.#jitter = jitter;
  }

  static of(choices: Choices, label: string, baseUs: number, jitterUs: number): Duration {
    return new Duration(baseUs, jitterUs, jitterUs === 0 ? undefined : choices.stream(label));
  }

  /** The same, so much longer; both draw from one sequence. */
  slower(us: number): Duration {
    return new Duration(this.#baseUs + us, this.#jitterUs, this.#jitter);
  }

  drawUs(): number {
    return this.#jitter === undefined ? this.#baseUs : this.#baseUs + this.#jitter.below(this.#jitterUs + 1);
  }
}

/** The lines of one service. The draws of a host are one sequence for all its processes. */
export class Lines {
  readonly #context: WorldContext;
  readonly #service: string;
  #quality: Quality;
  readonly #draws = new Map<string, Draws>();

  constructor(context: WorldContext, service: string, quality: Quality) {
    this.#context = context;
    this.#service = service;
    this.#quality = quality;
  }

  /** From now on no reply is lost. */
  heal(): void {
    for (const draws of this.#draws.values()) draws.healed = true;
    this.#quality = { ...this.#quality, lostReplyPer1000: 0 };
  }

  /** `ordered`: requests take effect in the order of the calls and are answered in the order of the effects, as on one TCP connection. */
  line(process: SimProcess, ordered: boolean): Line {
    return new Line(this.#context.kernel, process, this.#drawsOf(process.host.name), ordered);
  }

  #drawsOf(host: string): Draws {
    const known = this.#draws.get(host);
    if (known !== undefined) return known;
    const draws = new Draws(this.#context, `${this.#service}@${host}`, this.#quality);
    this.#draws.set(host, draws);
    return draws;
  }
}

/** 0 is calm in each: the least duration, no reply lost, a write whose reply is lost was applied. */
class Draws {
  readonly #duration: Duration;
  readonly #lostReplyPer1000: number;
  readonly #lostReply: Stream | undefined;
  readonly #lostRequest: Stream | undefined;
  /** No reply is lost any more. */
  healed = false;

  constructor(context: WorldContext, site: string, quality: Quality) {
    this.#duration = Duration.of(context.choices, `${site}/jitter`, quality.latencyUs, quality.jitterUs);
    this.#lostReplyPer1000 = quality.lostReplyPer1000;
    if (quality.lostReplyPer1000 === 0) return;
    this.#lostReply = context.choices.stream(`${site}/lost-reply`);
    this.#lostRequest = context.choices.stream(`${site}/lost-request`);
  }

  durationUs(): number {
    return this.#duration.drawUs();
  }

  replyIsLost(): boolean {
    return !this.healed && this.#lostReply?.chance(this.#lostReplyPer1000) === true;
  }

  /** For a write whose reply is lost: was the request lost already? */
  requestWasLost(): boolean {
    return this.#lostRequest?.below(2) === 1;
  }
}

/** Made by `Lines.line`. */
export class Line {
  readonly kernel: Kernel;
  readonly process: SimProcess;
  readonly #draws: Draws;
  readonly #ordered: boolean;
  #lastEffectUs = 0;
  #lastReplyUs = 0;

  constructor(kernel: Kernel, process: SimProcess, draws: Draws, ordered: boolean) {
    this.kernel = kernel;
    this.process = process;
    this.#draws = draws;
    this.#ordered = ordered;
  }

  /** `stallUs`: so much later than usual. `effect` runs at the service, as an event of its own, and answers then or later. An `IoError` out of it is the answer. */
  ask<T>(what: string | (() => string), effect: (call: Call<T>) => void, stallUs = 0): Pending<T> {
    const durationUs = this.#draws.durationUs();
    const requestUs = durationUs >> 1;
    const call = new Call(this, what, effect, durationUs - requestUs);
    this.kernel.schedule(this.#untilEffect(requestUs + stallUs), call);
    return call;
  }

  /** A request that blocks: its caller goes on at once, and the step that it is in takes so much longer; `stallUs`: than usual. */
  block(stallUs = 0): void {
    this.process.occupy(this.#draws.durationUs() + stallUs);
  }

  /** A write: its reply may be lost, and then a draw says whether it was applied. */
  write(what: string | (() => string), effect: () => Written, stallUs = 0): Pending<Written> {
    if (!this.#draws.replyIsLost()) {
      return this.ask(
        what,
        (call: Call<Written>) => {
          call.answer(effect());
        },
        stallUs,
      );
    }
    const requestWasLost = this.#draws.requestWasLost();
    return this.ask(what, (call: Call<Written>) => {
      if (!requestWasLost) effect();
      call.answer(UNKNOWN);
    });
  }

  /** A notification that the service sends unasked, in order with the answers of an ordered line. */
  notify(target: Target): void {
    if (!this.process.alive) return;
    const durationUs = this.#draws.durationUs();
    this.kernel.schedule(this.untilReply(durationUs - (durationUs >> 1)), target);
  }

  #untilEffect(delayUs: number): number {
    if (!this.#ordered) return delayUs;
    this.#lastEffectUs = Math.max(this.#lastEffectUs, this.kernel.nowUs + delayUs);
    return this.#lastEffectUs - this.kernel.nowUs;
  }

  /** Virtual time until an answer that is given now and takes `delayUs` arrives. */
  untilReply(delayUs: number): number {
    if (!this.#ordered) return delayUs;
    this.#lastReplyUs = Math.max(this.#lastReplyUs, this.kernel.nowUs + delayUs);
    return this.#lastReplyUs - this.kernel.nowUs;
  }
}

type Answer<T> = { readonly value: T } | { readonly error: IoError };

/** One request: fires at the service, then, answered, at the caller. The caller sees only the `Pending` in it. */
export class Call<T> extends Deferred<T> implements Target {
  readonly id: number;
  readonly #line: Line;
  readonly #replyUs: number;
  #effect: ((call: Call<T>) => void) | undefined;
  #answer: Answer<T> | undefined;

  constructor(line: Line, what: string | (() => string), effect: (call: Call<T>) => void, replyUs: number) {
    super(what);
    this.id = line.kernel.nextId();
    this.#line = line;
    this.#effect = effect;
    this.#replyUs = replyUs;
  }

  /** The caller still lives: an answer would be heard. */
  get awaited(): boolean {
    return this.#line.process.alive;
  }

  /** `afterUs`: so much later than the service is asked. */
  answer(value: T, afterUs = 0): void {
    this.#reply({ value }, afterUs);
  }

  fail(error: IoError): void {
    this.#reply({ error });
  }

  fire(): void {
    const effect = this.#effect;
    if (effect === undefined) {
      this.#line.process.enter(() => this.#settle());
      return;
    }
    this.#effect = undefined;
    try {
      effect(this);
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      this.fail(error);
    }
  }

  #reply(answer: Answer<T>, afterUs = 0): void {
    if (!this.awaited) return;
    this.#answer = answer;
    this.#line.kernel.schedule(this.#line.untilReply(afterUs + this.#replyUs), this);
  }

  #settle(): void {
    const answer = this.#answer;
    if (answer === undefined) return;
    if ('error' in answer) this.reject(answer.error);
    else this.resolve(answer.value);
  }
}
