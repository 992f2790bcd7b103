/**
 * Connections between processes: FIFO byte messages, or closed.
 *
 * What it models: latency and jitter per message; slow links, connections whose messages all take longer both ways until faults heal; order per connection and direction (arrival = max(previous arrival,
 * now + latency + draw)) and none across; an orderly close, which the peer hears after what was sent before it; the
 * death of a process and a reset (`resetHost`), which drop what is in flight both ways, so that the survivors hear of
 * it earlier than of the data; a host that is cut off from the others (`isolate`). A connection within a host is as slow
 * as any other, but neither reset nor isolation cuts it. What it leaves out: bandwidth, partitions between groups of
 * hosts, clogging, half-open connections.
 */
import { IoError } from '../../core/errors.ts';
import type { Address, Connection, Network } from '../../core/ports.ts';
import { Deferred } from '../../core/waiting.ts';
import type { Pending } from '../../core/waiting.ts';
import type { Kernel, SimProcess, Target, WorldContext } from '../kernel/types.ts';
import { Duration } from './line.ts';
import { Pipe } from './pipe.ts';

/** How long messages take. */
export interface NetworkConfig {
  readonly networkLatencyUs: number;
  readonly networkJitterUs: number;
  /** Share of connections (drawn once for each) whose messages take `slowLinkUs` longer, both ways. */
  readonly slowLinkPer1000: number;
  readonly slowLinkUs: number;
}

export class SimNetwork {
  readonly #context: WorldContext;
  readonly #config: NetworkConfig;
  readonly #checkBytes: boolean;
  /** By host, then by service. */
  readonly #listeners = new Map<string, Map<string, Listener>>();
  readonly #wires = new Set<Wire>();
  readonly #delays = new Map<string, Duration>();
  /** By direction and service: how many connections were made. */
  readonly #laid = new Map<string, number>();
  /** By host: how many isolations last. */
  readonly #isolated = new Map<string, number>();
  #healed = false;

  /** `checkBytes`: bytes that change between send and delivery end the run with an `EngineBug`. */
  constructor(context: WorldContext, config: NetworkConfig, checkBytes = false) {
    this.#context = context;
    this.#config = config;
    this.#checkBytes = checkBytes;
  }

  door(process: SimProcess): Network {
    process.onDeath(() => this.#died(process));
    return new Door(this, process);
  }

  /** The end of chaos: no link is slow any more. */
  heal(): void {
    this.#healed = true;
    for (const wire of this.#wires) wire.heal();
  }

  /** A fault: every connection between this host and another one is lost. Both sides hear of it. */
  resetHost(host: string): void {
    for (const wire of [...this.#wires]) if (wire.leaves(host)) this.#lose(wire);
  }

  /** A fault: the host loses its connections to others and gets no new ones, until the function that is returned is called. */
  isolate(host: string): () => void {
    this.#isolated.set(host, (this.#isolated.get(host) ?? 0) + 1);
    this.resetHost(host);
    return () => {
      this.#isolated.set(host, (this.#isolated.get(host) ?? 0) - 1);
    };
  }

  /** For the doors: whether a connection between the two can be made now. */
  reachable(from: string, to: string): boolean {
    return from === to || ((this.#isolated.get(from) ?? 0) === 0 && (this.#isolated.get(to) ?? 0) === 0);
  }

  /** For the doors: accepts connections until the process dies. */
  listen(listener: Listener, service: string): void {
    const host = listener.process.host.name;
    const services = this.#listeners.get(host) ?? new Map<string, Listener>();
    this.#listeners.set(host, services);
    if (services.has(service)) throw new IoError(`${host}: somebody listens at ${service} already`);
    services.set(service, listener);
  }

  /** For the doors: who listens there now. */
  listener(address: Address): Listener | undefined {
    return this.#listeners.get(address.host)?.get(address.service);
  }

  /** For the doors: lays a wire to two processes, with what a message takes to each. */
  lay(near: SimProcess, nearDelay: Duration, far: SimProcess, farDelay: Duration, service: string): Wire {
    const { kernel } = this.#context;
    const slowerUs = this.#slowerUs(near.host.name, far.host.name, service);
    const pipe = (to: SimProcess, delay: Duration): Pipe =>
      new Pipe(kernel, to, slowerUs === 0 ? delay : delay.slower(slowerUs), this.#checkBytes, () => this.#shut(wire));
    const usual = { toNear: nearDelay, toFar: farDelay };
    const wire: Wire = new Wire(pipe(near, nearDelay), pipe(far, farDelay), usual);
    this.#wires.add(wire);
    return wire;
  }

  /** For the doors: what a message takes. The draws from one host to another for one service are one sequence. */
  delay(from: string, to: string, service: string): Duration {
    const site = `network/${from}>${to}/${service}`;
    const known = this.#delays.get(site);
    if (known !== undefined) return known;
    const { networkLatencyUs, networkJitterUs } = this.#config;
    const delay = Duration.of(this.#context.choices, site, networkLatencyUs, networkJitterUs);
    this.#delays.set(site, delay);
    return delay;
  }

  get kernel(): Kernel {
    return this.#context.kernel;
  }

  /**
   * Which connections are slow is drawn by direction, service and ordinal: once for each connection, for all its
   * messages.
   */
  #slowerUs(from: string, to: string, service: string): number {
    const { slowLinkPer1000, slowLinkUs } = this.#config;
    if (slowLinkPer1000 === 0 || slowLinkUs === 0 || this.#healed) return 0;
    const site = `network/${from}>${to}/${service}`;
    const ordinal = this.#laid.get(site) ?? 0;
    this.#laid.set(site, ordinal + 1);
    return this.#context.choices.stream(`slow-link/${site}`).chanceAt(ordinal, slowLinkPer1000) ? slowLinkUs : 0;
  }

  #died(process: SimProcess): void {
    const services = this.#listeners.get(process.host.name);
    for (const [service, listener] of services ?? []) if (listener.process === process) services?.delete(service);
    for (const wire of [...this.#wires]) if (wire.touches(process)) this.#lose(wire);
  }

  #shut(wire: Wire): void {
    if (wire.toNear.shut && wire.toFar.shut) this.#wires.delete(wire);
  }

  #lose(wire: Wire): void {
    wire.toNear.lose();
    wire.toFar.lose();
  }
}

interface Listener {
  readonly process: SimProcess;
  readonly accept: (connection: Connection) => void;
}

/** Two pipes, one for each direction. `near` is who connected. */
class Wire {
  readonly toNear: Pipe;
  readonly toFar: Pipe;
  readonly #usual: { readonly toNear: Duration; readonly toFar: Duration };

  /** `usual`: what a message takes where the link is not slow. */
  constructor(toNear: Pipe, toFar: Pipe, usual: { readonly toNear: Duration; readonly toFar: Duration }) {
    this.toNear = toNear;
    this.toFar = toFar;
    this.#usual = usual;
  }

  heal(): void {
    this.toNear.delay = this.#usual.toNear;
    this.toFar.delay = this.#usual.toFar;
  }

  touches(process: SimProcess): boolean {
    return this.toNear.receiver === process || this.toFar.receiver === process;
  }

  leaves(host: string): boolean {
    const near = this.toNear.receiver.host.name;
    const far = this.toFar.receiver.host.name;
    return near !== far && (near === host || far === host);
  }
}

/** One end of a wire, as its process has it. */
class End implements Connection {
  readonly #process: SimProcess;
  readonly #kernel: Kernel;
  readonly #incoming: Pipe;
  readonly #outgoing: Pipe;

  constructor(kernel: Kernel, incoming: Pipe, outgoing: Pipe) {
    this.#kernel = kernel;
    this.#process = incoming.receiver;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  send(bytes: Uint8Array): void {
    this.#process.portCall('network.send');
    this.#kernel.foldBytes(bytes);
    this.#outgoing.push(bytes);
  }

  onReceive(handler: (bytes: Uint8Array) => void): void {
    this.#incoming.onReceive(handler);
  }

  onClosed(handler: () => void): void {
    this.#incoming.onClosed(handler);
  }

  close(): void {
    this.#process.portCall('network.close');
    this.#incoming.close();
    this.#outgoing.pushEnd();
  }
}

class Door implements Network {
  readonly #network: SimNetwork;
  readonly #process: SimProcess;

  constructor(network: SimNetwork, process: SimProcess) {
    this.#network = network;
    this.#process = process;
  }

  listen(service: string, accept: (connection: Connection) => void): void {
    this.#process.portCall('network.listen');
    this.#network.listen({ process: this.#process, accept }, service);
  }

  connect(to: Address): Pending<Connection> {
    this.#process.portCall('network.connect');
    return new Connecting(this.#network, this.#process, to);
  }
}

/** A connection being made: fires at the listener, then back at the process that connects. */
class Connecting extends Deferred<Connection> implements Target {
  readonly id: number;
  readonly #network: SimNetwork;
  readonly #process: SimProcess;
  readonly #to: Address;
  readonly #there: Duration;
  readonly #back: Duration;
  #asked = false;
  #wire: Wire | undefined;

  constructor(network: SimNetwork, process: SimProcess, to: Address) {
    super(() => `connection to ${to.service} at ${to.host}`);
    this.id = network.kernel.nextId();
    this.#network = network;
    this.#process = process;
    this.#to = to;
    this.#there = network.delay(process.host.name, to.host, to.service);
    this.#back = network.delay(to.host, process.host.name, to.service);
    network.kernel.schedule(this.#there.drawUs(), this);
  }

  fire(): void {
    if (this.#asked) this.#process.enter(() => this.#settle());
    else this.#accept();
  }

  #accept(): void {
    this.#asked = true;
    if (!this.#process.alive) return;
    const { kernel } = this.#network;
    const backUs = this.#back.drawUs();
    kernel.schedule(backUs, this);
    if (!this.#network.reachable(this.#process.host.name, this.#to.host)) return;
    const listener = this.#network.listener(this.#to);
    if (listener === undefined) return;
    const wire = this.#network.lay(this.#process, this.#back, listener.process, this.#there, this.#to.service);
    this.#wire = wire;
    // The other side may send at once; that must not overtake the answer.
    wire.toNear.notBefore(kernel.nowUs + backUs);
    listener.process.enter(() => listener.accept(new End(kernel, wire.toFar, wire.toNear)));
  }

  #settle(): void {
    const wire = this.#wire;
    if (wire === undefined)
      this.reject(new IoError(`${this.#to.host}: no process listens at ${this.#to.service}, or it cannot be reached`));
    else if (wire.toNear.shut) this.reject(new IoError(`${this.#to.host}: the connection was lost while it was made`));
    else this.resolve(new End(this.#network.kernel, wire.toNear, wire.toFar));
  }
}
