/** The Auto Scaling API of AWS for one group, on 127.0.0.1: Query protocol, weights, lifecycle, machines of ours. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, failed, groupXml, textOf } from './fake-auto-scaling-answers.ts';

/** What runs on a machine of the group. */
export interface FakeMachine {
  /** Asks it to end: SIGTERM. */
  stop(): void;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<unknown>;
}

/** A machine as the group shows it. */
export interface FakeInstance {
  readonly id: string;
  readonly weight: number;
  state: 'Pending' | 'InService' | 'Terminating:Wait';
}

/** `down`: the connection is cut. */
export type FakeMode = 'ok' | 'throttled' | 'denied' | 'deleted' | 'expired' | 'broken' | 'down';

/** How the group is made. */
export interface FakeGroupOptions {
  readonly name: string;
  readonly minSize?: number;
  readonly maxSize: number;
  /** vCPUs of each machine. Default: 1. */
  readonly weight?: number;
  /** From the request to the start of what runs on a machine. Default: 0. */
  readonly bootMs?: number;
  /** Starts what runs on a machine; resolves when it is in service. */
  launch(id: string): Promise<FakeMachine>;
}

/** The API, and its group. */
export interface FakeAutoScaling {
  /** How a process reaches it. */
  readonly env: Readonly<Record<string, string>>;
  readonly instances: readonly FakeInstance[];
  readonly desired: number;
  /** Each answered call, as `Action` and its parameters. */
  readonly calls: readonly Readonly<Record<string, string>>[];
  /** The capacities that were set, in order. */
  readonly set: readonly number[];
  /** The most vCPUs that were booting or in service at once. */
  readonly most: number;
  mode: FakeMode;
  /** Ends the server. Machines are their owner's to end. */
  close(): Promise<void>;
}

/** Starts the API with an empty group. */
export async function startFakeAutoScaling(options: FakeGroupOptions): Promise<FakeAutoScaling> {
  const group = new Group(options);
  const server = createServer((request, response) => {
    if (group.mode === 'down') return void request.socket.destroy();
    bodyOf(request).then(
      (body) => {
        const { status, xml } = group.answer(Object.fromEntries(new URLSearchParams(body)));
        response.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
      },
      () => request.socket.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const env = {
    AWS_ENDPOINT_URL_AUTO_SCALING: `http://127.0.0.1:${port}`,
    ...{ AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'tester', AWS_SECRET_ACCESS_KEY: 'testing-only' },
  };
  return Object.assign(group, {
    env,
    close: async () => {
      group.end();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** The group: starts and stops machines until they are what was asked for. */
class Group {
  mode: FakeMode = 'ok';
  desired = 0;
  most = 0;
  readonly instances: FakeInstance[] = [];
  readonly calls: Record<string, string>[] = [];
  readonly set: number[] = [];
  private readonly options: FakeGroupOptions;
  private readonly machines = new Map<string, FakeMachine>();
  private readonly boots = new Set<NodeJS.Timeout>();
  private launched = 0;

  constructor(options: FakeGroupOptions) {
    this.options = options;
  }

  answer(call: Record<string, string>): Answer {
    this.calls.push(call);
    const { name, minSize = 0, maxSize } = this.options;
    const { mode } = this;
    if (mode === 'throttled' || mode === 'denied' || mode === 'expired' || mode === 'broken')
      return failed(mode);
    const isGone = this.mode === 'deleted';
    if (call['Action'] === 'DescribeAutoScalingGroups') {
      const isAsked = call['AutoScalingGroupNames.member.1'] === name && !isGone;
      return groupXml(isAsked ? { name, minSize, maxSize, ...this } : undefined);
    }
    if (call['Action'] !== 'SetDesiredCapacity') return failed('denied');
    if (call['AutoScalingGroupName'] !== name || isGone) return failed('deleted');
    const wanted = Number(call['DesiredCapacity']);
    if (wanted < minSize || wanted > maxSize) return failed('limit');
    this.set.push(wanted);
    this.desired = wanted;
    this.reconcile();
    return textOf('SetDesiredCapacity');
  }

  /** No machine boots any more. */
  end(): void {
    for (const boot of this.boots) clearTimeout(boot);
  }

  private get active(): FakeInstance[] {
    return this.instances.filter(({ state }) => state !== 'Terminating:Wait');
  }

  private reconcile(): void {
    const { weight = 1, bootMs = 0 } = this.options;
    const capacity = () => this.active.reduce((sum, one) => sum + one.weight, 0);
    while (capacity() < this.desired) {
      this.launched += 1;
      const one: FakeInstance = {
        id: `i-${String(this.launched).padStart(8, '0')}`,
        weight,
        state: 'Pending',
      };
      this.instances.push(one);
      const boot = setTimeout(() => {
        this.boots.delete(boot);
        void this.start(one);
      }, bootMs);
      this.boots.add(boot);
    }
    this.most = Math.max(this.most, capacity());
    while (capacity() - weight >= this.desired) {
      const one = this.active.at(-1);
      if (one === undefined) return;
      one.state = 'Terminating:Wait';
      this.machines.get(one.id)?.stop();
      if (!this.machines.has(one.id)) this.remove(one);
    }
  }

  private async start(one: FakeInstance): Promise<void> {
    if (!this.instances.includes(one)) return;
    const machine = await this.options.launch(one.id);
    this.machines.set(one.id, machine);
    if (one.state === 'Pending') one.state = 'InService';
    else machine.stop();
    await machine.ended;
    this.remove(one);
    this.reconcile();
  }

  private remove(one: FakeInstance): void {
    const at = this.instances.indexOf(one);
    if (at >= 0) this.instances.splice(at, 1);
    this.machines.delete(one.id);
  }
}
