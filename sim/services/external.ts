/**
 * Services of others, which jobs send requests to: each a pure function of the request, behind a way that promises nothing.
 *
 *     ask ---half of the duration---> service: throttled? failed? ---the rest---> answered, in the process of the caller
 *
 * What it models: latency and jitter of each request, with no order between them; a service that takes so many requests at once
 * and turns the others away; answers that fail, come far too late, come twice or never. A caller that has died hears nothing, and
 * its next incarnation none of the old answers. What it leaves out: services with a state of their own, answers that are wrong,
 * requests that can be cancelled.
 */
import { assert, IoError } from '../../core/errors.ts';
import type { ExternalServices, ServiceAnswer } from '../../core/ports.ts';
import type { Kernel, SimProcess, Stream, WorldContext } from '../kernel/types.ts';
import { Duration } from './line.ts';

/** How long requests take, and how often a service is unkind. */
export interface ExternalConfig {
  readonly serviceLatencyUs: number;
  readonly serviceJitterUs: number;
  /** Requests that one service works on at once; what comes above that is throttled. 0: any number. */
  readonly serviceConcurrencyMax: number;
  /** Share of requests that fail. */
  readonly serviceFailedPer1000: number;
  /** Share of requests that take `serviceLateMs` longer than usual. */
  readonly serviceLatePer1000: number;
  readonly serviceLateMs: number;
  /** Share of requests that are answered twice. */
  readonly serviceTwicePer1000: number;
  /** Share of requests that are never answered. */
  readonly serviceLostPer1000: number;
}

/** What a service answers. */
export type ServiceFunction = (request: Uint8Array) => Uint8Array;

interface Service {
  readonly answer: ServiceFunction;
  /** Requests that it works on. */
  active: number;
}

/** What becomes of one request. 0 is calm in each draw. */
interface Fate {
  readonly durationUs: number;
  readonly lost: boolean;
  readonly failed: boolean;
  /** The same answer comes again so much later; undefined: once. */
  readonly againUs: number | undefined;
}

export class SimExternalServices {
  readonly #context: WorldContext;
  readonly #config: ExternalConfig;
  readonly #services = new Map<string, Service>();
  readonly #draws = new Map<string, Draws>();
  #healed = false;

  constructor(context: WorldContext, config: ExternalConfig) {
    this.#context = context;
    this.#config = config;
  }

  /** Before the run: there is a service of this name. */
  provide(name: string, answer: ServiceFunction): void {
    assert(!this.#services.has(name), () => `there are two services ${name}`);
    this.#services.set(name, { answer, active: 0 });
  }

  has(name: string): boolean {
    return this.#services.has(name);
  }

  /** The end of chaos: every request from now on is answered once, and at once. */
  heal(): void {
    this.#healed = true;
  }

  door(process: SimProcess): ExternalServices {
    return {
      ask: (name, request, answered) => {
        process.portCall('services.ask');
        this.#context.kernel.foldBytes(request);
        this.#ask(process, name, request, answered);
      },
    };
  }

  #ask(process: SimProcess, name: string, request: Uint8Array, answered: (answer: ServiceAnswer) => void): void {
    const service = this.#services.get(name);
    if (service === undefined) throw new IoError(`there is no service ${name}`);
    const fate = this.#drawsOf(process.host.name).fate(this.#healed);
    const { kernel } = this.#context;
    // At once, so that a mistake in the function is found where the question is asked.
    const bytes = service.answer(request);
    const requestUs = fate.durationUs >> 1;
    const reply = (answer: ServiceAnswer, afterUs: number): void => {
      schedule(kernel, afterUs, () => {
        process.enter(() => {
          answered(answer);
        });
      });
    };
    schedule(kernel, requestUs, () => {
      const most = this.#healed ? 0 : this.#config.serviceConcurrencyMax;
      if (most > 0 && service.active >= most) {
        reply({ kind: 'throttled', message: `it works on ${most} requests` }, requestUs);
        return;
      }
      service.active++;
      const workUs = fate.durationUs - requestUs;
      schedule(kernel, workUs, () => {
        service.active--;
      });
      if (fate.lost) return;
      const answer: ServiceAnswer = fate.failed
        ? { kind: 'failed', message: 'internal error' }
        : { kind: 'answered', bytes };
      reply(answer, workUs);
      if (fate.againUs !== undefined) reply(answer, workUs + fate.againUs);
    });
  }

  #drawsOf(host: string): Draws {
    const known = this.#draws.get(host);
    if (known !== undefined) return known;
    const draws = new Draws(this.#context, `service@${host}`, this.#config);
    this.#draws.set(host, draws);
    return draws;
  }
}

/** Of one host: a sequence for each question. */
class Draws {
  readonly #config: ExternalConfig;
  readonly #duration: Duration;
  readonly #again: Duration;
  readonly #lost: Stream;
  readonly #late: Stream;
  readonly #failed: Stream;
  readonly #twice: Stream;

  constructor({ choices }: WorldContext, site: string, config: ExternalConfig) {
    this.#config = config;
    this.#duration = Duration.of(choices, `${site}/jitter`, config.serviceLatencyUs, config.serviceJitterUs);
    this.#again = Duration.of(choices, `${site}/again`, 0, config.serviceLatencyUs + config.serviceJitterUs);
    this.#lost = choices.stream(`${site}/lost`);
    this.#late = choices.stream(`${site}/late`);
    this.#failed = choices.stream(`${site}/failed`);
    this.#twice = choices.stream(`${site}/twice`);
  }

  fate(healed: boolean): Fate {
    const { serviceLatePer1000, serviceLateMs, serviceLostPer1000, serviceFailedPer1000 } = this.#config;
    // In no time: a job says itself how long it waits, and where that is less than the latency it never comes to its end.
    if (healed) return { durationUs: 0, lost: false, failed: false, againUs: undefined };
    const durationUs = this.#duration.drawUs();
    const late = this.#late.chance(serviceLatePer1000);
    return {
      durationUs: late ? durationUs + 1_000 * serviceLateMs : durationUs,
      lost: this.#lost.chance(serviceLostPer1000),
      failed: this.#failed.chance(serviceFailedPer1000),
      againUs: this.#twice.chance(this.#config.serviceTwicePer1000) ? this.#again.drawUs() : undefined,
    };
  }
}

function schedule(kernel: Kernel, delayUs: number, fire: () => void): void {
  kernel.schedule(delayUs, { id: kernel.nextId(), fire });
}
