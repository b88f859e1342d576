import { Validations } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import { Construct } from "constructs";

/**
 * Where the socket hosts stand: two zones, nothing may come in, https may go out. Without NAT gateways, which cost more
 * than the hosts, tasks have public addresses of their own, and each is a different one to WhatsApp.
 */
export class HostNetwork extends Construct {
  readonly vpc: ec2.Vpc;
  readonly subnets: ec2.SubnetSelection;
  readonly assignPublicIp: boolean;
  readonly securityGroup: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, props: { readonly natGateways: number }) {
    super(scope, id);
    this.assignPublicIp = props.natGateways === 0;
    const subnetType = this.assignPublicIp ? ec2.SubnetType.PUBLIC : ec2.SubnetType.PRIVATE_WITH_EGRESS;
    this.subnets = { subnetType };
    const publicSubnets = { name: "public", subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24 };
    this.vpc = new ec2.Vpc(this, "Vpc", {
      maxAzs: 2,
      natGateways: props.natGateways,
      subnetConfiguration: this.assignPublicIp
        ? [publicSubnets]
        : [publicSubnets, { name: "hosts", subnetType, cidrMask: 22 }],
      // Emptying the default group takes a function of its own, and nothing is ever put into that group.
      restrictDefaultSecurityGroup: false,
      // Free of charge, and media and keys do not travel through a NAT gateway.
      gatewayEndpoints: {
        DynamoDb: { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB },
        S3: { service: ec2.GatewayVpcEndpointAwsService.S3 },
      },
    });
    this.securityGroup = new ec2.SecurityGroup(this, "Hosts", {
      vpc: this.vpc,
      description: "socket hosts: nothing in, https out",
      allowAllOutbound: false,
    });
    this.securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), "WhatsApp and AWS");
    Validations.of(this).acknowledge({
      id: "AwsSolutions-VPC7",
      reason:
        "No inbound rule exists, so a flow log would record the hosts' own https connections and internet noise, at a price that grows with media.",
    });
  }
}
