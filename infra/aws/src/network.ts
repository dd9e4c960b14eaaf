/** The network: public subnets without a NAT gateway, and who may reach whom. */
import {
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

/** The port of the queue on the control box, with and without TLS. */
export const QUEUE_PORT = 6379;

/**
 * A VPC whose instances have public addresses and accept nothing from outside: they reach S3 through the
 * gateway endpoint (free), everything else over HTTPS. Only the queue's port is open, to workers alone.
 */
export class Network extends Construct {
  readonly vpc: IVpc;
  readonly workers: SecurityGroup;
  readonly control: SecurityGroup;

  constructor(scope: Construct, id: string, zones: number) {
    super(scope, id);
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.64.0.0/16'),
      maxAzs: zones,
      natGateways: 0,
      subnetConfiguration: [{ name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 20 }],
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
      restrictDefaultSecurityGroup: false,
    });
    const group = (name: string, description: string) => {
      const made = new SecurityGroup(this, name, { vpc, description, allowAllOutbound: false });
      made.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'HTTPS: S3, ECR, other services of AWS');
      return made;
    };
    this.vpc = vpc;
    this.workers = group('Workers', 'verger workers: nothing comes in');
    this.control = group('Control', 'verger control box: the queue, from workers alone');
    this.control.addIngressRule(this.workers, Port.tcp(QUEUE_PORT), 'the queue');
    this.workers.addEgressRule(this.control, Port.tcp(QUEUE_PORT), 'the queue');
  }
}
