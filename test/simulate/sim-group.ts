/** The Auto Scaling group: launches, boots, losses, and terminations of its own choice. */
import type { FleetState } from '@verger/autoscaler';
import type { Clock } from './events.ts';
import type { Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import type { SimCluster } from './sim-cluster.ts';
import { SimWorker } from './sim-worker.ts';

/** How often the group compares what it has with what it should have. */
const LOOK_SECONDS = 5;
/** From deciding to launch to an instance that boots, seconds. */
const LAUNCH_SECONDS = [2, 15] as const;
/** Most that is launched per look. */
const LAUNCH_VCPUS = 600;
/** Share of losses without the notice of two minutes. */
const UNANNOUNCED = 0.05;

interface Options {
  readonly clock: Clock;
  readonly random: Random;
  readonly scenario: Scenario;
  readonly cluster: SimCluster;
}

/** One group of instances. `vcpuSeconds` is what is paid for. */
export class SimGroup {
  desired = 0;
  readonly #options: Options;
  readonly #booting = new Set<SimWorker>();
  /** Launched by the group, and not there yet. */
  #launching = 0;
  #running = 0;
  #draining = 0;
  #vcpuSeconds = 0;
  #paidUntil = 0;

  constructor(options: Options) {
    this.#options = options;
    for (const { at, share } of options.scenario.waves) options.clock.at(at, () => this.#wave(share));
    this.#look();
  }

  /** Has an instance in service from the start. */
  startWith(vcpus: number): void {
    this.desired = vcpus;
    this.#running = vcpus;
    this.#options.cluster.start(new SimWorker(vcpus, 1));
  }

  state(): FleetState {
    return {
      desiredVcpus: this.desired,
      runningVcpus: this.#running,
      bootingVcpus: this.#bootingVcpus(),
      drainingVcpus: this.#draining,
    };
  }

  /** vCPU seconds up to now. */
  paid(): number {
    const { now } = this.#options.clock;
    this.#vcpuSeconds += (now - this.#paidUntil) * this.billed;
    this.#paidUntil = now;
    return this.#vcpuSeconds;
  }

  /** vCPUs that are paid for now. */
  get billed(): number {
    return this.#running + this.#draining + this.#bootingVcpus();
  }

  #bootingVcpus(): number {
    let sum = 0;
    for (const { vcpus } of this.#booting) sum += vcpus;
    return sum;
  }

  #look(): void {
    const { clock, scenario } = this.#options;
    const has = () => this.#running + this.#bootingVcpus() + this.#launching;
    const isShort = scenario.shortages.some(([from, to]) => clock.now >= from && clock.now < to);
    let launched = 0;
    while (!isShort && has() < this.desired && launched < LAUNCH_VCPUS) launched += this.#launch();
    this.#terminate(has() - this.desired);
    clock.after(LOOK_SECONDS, () => this.#look());
  }

  #launch(): number {
    const { clock, random, scenario } = this.#options;
    const vcpus = random.pick(scenario.instances);
    const speed = random.chance(scenario.slowWorkers) ? random.between(0.4, 0.7) : random.factor(0.1);
    const worker = new SimWorker(vcpus, speed);
    this.#launching += vcpus;
    clock.after(random.between(...LAUNCH_SECONDS), () => this.#boot(worker));
    return vcpus;
  }

  #boot(worker: SimWorker): void {
    const { clock, random, scenario, cluster } = this.#options;
    this.paid();
    this.#launching -= worker.vcpus;
    this.#booting.add(worker);
    clock.after(random.between(...scenario.boot), () => {
      if (!this.#booting.has(worker)) return;
      this.paid();
      this.#booting.delete(worker);
      this.#running += worker.vcpus;
      cluster.start(worker);
      clock.after(random.wait(scenario.lifetime), () => this.#lose(worker));
    });
  }

  /** Takes away instances, any of them, as long as no less than what is desired is left. */
  #terminate(surplus: number): void {
    if (surplus <= 0) return;
    const candidates = [...this.#booting, ...this.#options.cluster.workers].filter(
      ({ state }) => state === 'booting' || state === 'running',
    );
    let left = surplus;
    while (candidates.length > 0) {
      const index = Math.floor(this.#options.random.between(0, candidates.length));
      const worker = candidates[index]!;
      candidates[index] = candidates.at(-1)!;
      candidates.pop();
      if (worker.vcpus > left) continue;
      left -= worker.vcpus;
      this.#drain(worker);
    }
  }

  #drain(worker: SimWorker): void {
    this.paid();
    if (this.#booting.delete(worker)) return;
    this.#running -= worker.vcpus;
    this.#draining += worker.vcpus;
    this.#options.cluster.drain(worker, () => {
      this.paid();
      this.#draining -= worker.vcpus;
    });
  }

  #lose(worker: SimWorker): void {
    if (worker.state !== 'running') return;
    if (!this.#options.random.chance(UNANNOUNCED)) this.#drain(worker);
    else {
      this.paid();
      this.#running -= worker.vcpus;
      this.#options.cluster.kill(worker);
    }
  }

  #wave(share: number): void {
    for (const worker of [...this.#options.cluster.workers])
      if (this.#options.random.chance(share)) this.#lose(worker);
  }
}
