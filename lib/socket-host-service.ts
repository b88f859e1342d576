import { Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import * as ecrAssets from "aws-cdk-lib/aws-ecr-assets";
import * as ecs from "aws-cdk-lib/aws-ecs";
import * as iam from "aws-cdk-lib/aws-iam";
import * as logs from "aws-cdk-lib/aws-logs";
import * as ssm from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import { type SocketHostEnvironment, tablesOfSocketHost } from "../socket-host/environment.ts";
import { socketHostContext } from "./bundled-code.ts";
import type { CommandQueues } from "./command-queues.ts";
import type { DataStack } from "./data-stack.ts";
import { grantOpening, grantSealing, sealing } from "./encryption-access.ts";
import type { EventTopic } from "./event-topic.ts";
import { watchHosts } from "./host-alarms.ts";
import { HostNetwork } from "./host-network.ts";
import { scaleHosts } from "./host-scaling.ts";
import { grantMedia } from "./media-access.ts";
import { metricsNamespace, type Settings } from "./settings.ts";
import { grantTables, tableVariables } from "./table-access.ts";
import { VersionRefresh } from "./version-refresh.ts";

export interface SocketHostServiceProps {
  readonly settings: Settings;
  readonly data: DataStack;
  readonly commands: CommandQueues;
  readonly topic: EventTopic;
}

const healthPort = 8080;
/** The image says the same, but ECS reads only this. */
const healthCheck = `fetch('http://127.0.0.1:${healthPort}/health').then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))`;

/** The tasks that hold the sockets to WhatsApp. They alone may touch the key table. */
export class SocketHostService extends Construct {
  private readonly props: SocketHostServiceProps;
  private readonly task: ecs.FargateTaskDefinition;
  private readonly log: logs.LogGroup;

  constructor(scope: Construct, id: string, props: SocketHostServiceProps) {
    super(scope, id);
    this.props = props;
    this.log = new logs.LogGroup(this, "Log", {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.task = new ecs.FargateTaskDefinition(this, "Task", {
      cpu: 1024,
      memoryLimitMiB: 2048,
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.ARM64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
      volumes: [{ name: "tmp" }],
    });
    const version = this.whatsAppVersion();
    new VersionRefresh(this, "VersionRefresh", props.settings, version);
    this.addHost(version);
    this.grantAccess(version);
    this.explainFindings();
    const { cluster, service } = this.run();
    this.grantProtection(cluster);
    scaleHosts(this, { data: props.data, settings: props.settings, cluster, service });
    watchHosts(this, { cluster, service, log: this.log, namespace: metricsNamespace(props.settings) });
  }

  /** Read at every connect, so that a client WhatsApp calls outdated is mended without a deployment. */
  private whatsAppVersion(): ssm.StringParameter {
    return new ssm.StringParameter(this, "WhatsAppVersion", {
      parameterName: `/${this.props.settings.installationName}/whatsapp-version`,
      description: "the WhatsApp Web version that socket hosts claim, as [2,3000,1234567890]; default: not known yet",
      stringValue: "default",
    });
  }

  private addHost(version: ssm.StringParameter): void {
    const { data, commands, topic, settings } = this.props;
    const environment: EnvironmentOfHost = {
      ...tableVariables(data.tables, tablesOfSocketHost),
      COMMAND_QUEUE_URL: commands.urlOfShard0,
      SHARD_COUNT: String(settings.shardCount),
      EVENT_TOPIC_ARN: topic.topicArn,
      ENCRYPTION_KEY_ARN: data.encryptionKey.keyArn,
      MEDIA_BUCKET: data.media.bucketName,
      WHATSAPP_VERSION_PARAMETER: version.parameterName,
      DEVICE_NAME: settings.deviceName,
      HEALTH_PORT: String(healthPort),
      METRICS_NAMESPACE: metricsNamespace(settings),
      SESSIONS_MAX: String(settings.sessionsPerHost),
    };
    const host = this.task.addContainer("host", {
      image: ecs.ContainerImage.fromAsset(socketHostContext(), { platform: ecrAssets.Platform.LINUX_ARM64 }),
      environment: { ...environment },
      logging: ecs.LogDrivers.awsLogs({
        streamPrefix: "host",
        logGroup: this.log,
        // CloudWatch being slow must not stop messages: lines wait in memory, then are dropped.
        mode: ecs.AwsLogDriverMode.NON_BLOCKING,
      }),
      // Time to hand every session over to another task, at ten a second or more.
      stopTimeout: Duration.seconds(120),
      readonlyRootFilesystem: true,
      healthCheck: {
        command: ["CMD", "node", "-e", healthCheck],
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        retries: 3,
        startPeriod: Duration.seconds(30),
      },
    });
    host.addMountPoints({ sourceVolume: "tmp", containerPath: "/tmp", readOnly: false });
  }

  private grantAccess(version: ssm.StringParameter): void {
    const { data, commands, topic } = this.props;
    const role = this.task.taskRole;
    grantTables(role, data.tables, tablesOfSocketHost, {
      sessions: { items: ["GetItem", "UpdateItem", "DeleteItem"], indexes: ["byShard"] },
      messages: { items: ["GetItem", "Query", "PutItem", "UpdateItem", "BatchWriteItem"] },
      chats: { items: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "BatchWriteItem"] },
      contacts: { items: ["GetItem", "PutItem"] },
      outbox: { items: ["Query", "PutItem", "UpdateItem", "DeleteItem"], indexes: ["byShard"] },
      events: { items: ["GetItem", "PutItem", "UpdateItem", "DeleteItem"], indexes: ["unpublished"] },
      usage: { items: ["UpdateItem"] },
      leases: { items: ["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"] },
      keys: { items: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"] },
      paces: { items: ["BatchGetItem"] },
    });
    commands.grantAnswer(role);
    topic.grantPublish(role);
    grantMedia(role, data.media, { uploads: ["GetObject"], messages: ["GetObject", "PutObject", "DeleteObject"] });
    grantSealing(role, data.encryptionKey, [sealing.sessionKeys, sealing.sessionPasskeys]);
    grantOpening(role, data.encryptionKey, [sealing.sessionProxies]);
    version.grantRead(role);
  }

  /** A task asks ECS, by its agent, not to be ended while somebody links a phone. */
  private grantProtection(cluster: ecs.Cluster): void {
    const { partition, region, account } = Stack.of(this);
    this.task.taskRole.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ["ecs:UpdateTaskProtection"],
        resources: [`arn:${partition}:ecs:${region}:${account}:task/*`],
        conditions: { ArnEquals: { "ecs:cluster": cluster.clusterArn } },
      }),
    );
    Validations.of(this.task).acknowledge({
      id: "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task/*]",
      reason:
        "The tasks of its own cluster, whose ids are made as they start; the agent speaks for its own task alone.",
    });
  }

  private explainFindings(): void {
    Validations.of(this.task).acknowledge(
      { id: "AwsSolutions-ECS2", reason: "The variables are names and addresses; every secret is sealed in a table." },
      {
        id: "AwsSolutions-IAM5[Resource::*]",
        reason: "ecr:GetAuthorizationToken, which starting a task needs, takes no resource.",
      },
    );
  }

  private run(): { cluster: ecs.Cluster; service: ecs.FargateService } {
    const { natGateways } = this.props.settings;
    const network = new HostNetwork(this, "Network", { natGateways });
    const cluster = new ecs.Cluster(this, "Cluster", {
      vpc: network.vpc,
      containerInsightsV2: ecs.ContainerInsights.ENABLED,
    });
    const service = new ecs.FargateService(this, "Service", {
      cluster,
      taskDefinition: this.task,
      // No desired count: it is the scaler's to set, and a deployment would set it back. A new task takes its share of the sessions before an old one is asked to leave.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      vpcSubnets: network.subnets,
      assignPublicIp: network.assignPublicIp,
      securityGroups: [network.securityGroup],
    });
    return { cluster, service };
  }
}

type EnvironmentOfHost = { readonly [K in keyof SocketHostEnvironment]: string };
