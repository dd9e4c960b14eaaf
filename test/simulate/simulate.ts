/** One seed with one policy, from the first submission to nothing. */
import { Clock } from './events.ts';
import { createPolicy, type Policy, type PolicyName } from './policies.ts';
import { createRandom } from './random.ts';
import type { Scenario } from './scenario.ts';
import { SimCluster } from './sim-cluster.ts';
import { SimGroup } from './sim-group.ts';

/** Nothing is waited for longer after the last deadline, seconds. */
const PATIENCE = 8 * 3600;

/** One look at the whole. */
export interface Sample {
  readonly at: number;
  readonly desired: number;
  readonly running: number;
  /** Images to extract. */
  readonly backlog: number;
}

/** What became of a seed. Times are seconds. */
export interface Outcome {
  readonly runs: readonly { readonly doneAt: number | null; readonly kept: boolean }[];
  /** Paid vCPU seconds. */
  readonly vcpuSeconds: number;
  /** Times that capacity was raised after it was lowered, and neither a submission nor a stage called for it. */
  readonly reversals: number;
  /** From the first submission to the first request for capacity. */
  readonly firstRequest: number | null;
  /** From the end of the last run to no instance; null: not within the patience. */
  readonly toZero: number | null;
  readonly samples: readonly Sample[];
}

/** Simulates a seed. */
export function simulate(scenario: Scenario, name: PolicyName): Outcome {
  return new Simulation(scenario, name).run();
}

class Simulation {
  readonly #scenario: Scenario;
  readonly #clock = new Clock();
  readonly #cluster: SimCluster;
  readonly #group: SimGroup;
  readonly #policy: Policy;
  readonly #samples: Sample[] = [];
  #firstRequest: number | null = null;
  #reversals = 0;
  #loweredWith: string | null = null;

  constructor(scenario: Scenario, name: PolicyName) {
    this.#scenario = scenario;
    const random = createRandom(scenario.seed * 104729 + 7);
    this.#cluster = new SimCluster(this.#clock, scenario);
    this.#group = new SimGroup({ clock: this.#clock, random, scenario, cluster: this.#cluster });
    const vcpuStep = Math.min(...scenario.instances);
    this.#policy = createPolicy(name, { maxVcpus: scenario.maxVcpus, vcpuStep });
    if (this.#policy.floorVcpus > 0) this.#group.startWith(this.#policy.floorVcpus);
    for (const run of scenario.runs) this.#clock.at(run.submitted, () => this.#cluster.submit(run));
    for (const [, to] of scenario.outages) this.#clock.at(to, () => this.#policy.restart());
    this.#look(random.between(0, this.#policy.everySeconds));
  }

  run(): Outcome {
    const { runs } = this.#scenario;
    const until = Math.max(...runs.map(({ deadline }) => deadline)) + PATIENCE;
    while (!this.#isOver() && this.#clock.step(until)) {}
    const ended = this.#cluster.runs.map(({ doneAt }) => doneAt ?? null);
    const last = Math.max(...ended.map((doneAt) => doneAt ?? Number.POSITIVE_INFINITY));
    return {
      runs: runs.map(({ deadline }, index) => {
        const doneAt = ended[index] ?? null;
        return { doneAt, kept: doneAt !== null && doneAt <= deadline };
      }),
      vcpuSeconds: this.#group.paid(),
      reversals: this.#reversals,
      firstRequest: this.#firstRequest,
      toZero: this.#isOver() ? this.#clock.now - last : null,
      samples: this.#samples,
    };
  }

  #isOver(): boolean {
    const { runs } = this.#cluster;
    if (runs.length < this.#scenario.runs.length) return false;
    if (runs.some(({ stage }) => stage !== 'done')) return false;
    // The smallest instance of a policy that keeps one may be one of the larger ones.
    const { floorVcpus } = this.#policy;
    const most = floorVcpus === 0 ? 0 : Math.max(...this.#scenario.instances);
    return this.#group.desired <= floorVcpus && this.#group.billed <= most;
  }

  #look(at: number): void {
    this.#clock.at(at, () => {
      const isOut = this.#scenario.outages.some(([from, to]) => at >= from && at < to);
      if (!isOut) this.#observe();
      this.#look(at + this.#policy.everySeconds);
    });
  }

  #observe(): void {
    const open = this.#cluster.runs.filter(({ stage }) => stage !== 'done');
    const runs = open.map((run) => run.demand());
    const jobs = runs.reduce(
      (sum, { extract, project }, index) =>
        sum + extract.partitions + (open[index]!.stage === 'project' ? project.partitions : 0),
      0,
    );
    const stages = `${this.#cluster.runs.map(({ stage }) => stage).join()}`;
    this.#clock.after(this.#scenario.lag, () => {
      const fleet = this.#group.state();
      const busy = this.#busy(fleet.runningVcpus);
      this.#act(this.#policy.decide({ now: this.#clock.now, runs, fleet, busy, jobs }), stages);
      const backlog = runs.reduce((sum, { extract }) => sum + extract.images, 0);
      this.#samples.push({
        ...{ at: this.#clock.now, desired: this.#group.desired, backlog },
        running: fleet.runningVcpus,
      });
    });
  }

  #busy(runningVcpus: number): number | null {
    if (runningVcpus === 0) return null;
    let busy = 0;
    for (const worker of this.#cluster.workers) if (worker.state === 'running') busy += worker.busyVcpus;
    return busy / runningVcpus;
  }

  #act(vcpus: number, stages: string): void {
    const before = this.#group.desired;
    this.#group.desired = vcpus;
    if (vcpus > before) {
      this.#firstRequest ??= this.#clock.now - this.#scenario.runs[0]!.submitted;
      // Workers that come back for a projection after a long reduce are meant to.
      const isForProjection = stages.includes('reduce');
      if (this.#loweredWith === stages && !isForProjection) this.#reversals += 1;
      this.#loweredWith = null;
    }
    if (vcpus < before) this.#loweredWith = stages;
  }
}
