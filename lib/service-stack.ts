import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { adminFunction } from "./admin-function.ts";
import { ApiFunctions } from "./api-functions/api-functions.ts";
import { authorizerFunction } from "./authorizer-function.ts";
import { CampaignAudiences } from "./campaign-audiences.ts";
import { CampaignQueues } from "./campaign-queues.ts";
import { CampaignSending } from "./campaign-sending.ts";
import type { CommandQueues } from "./command-queues.ts";
import { ConsoleSite } from "./console-site.ts";
import { ContactImports } from "./contact-imports.ts";
import { addDashboard } from "./dashboard.ts";
import type { DataStack } from "./data-stack.ts";
import { Edge } from "./edge.ts";
import { EventDelivery } from "./event-delivery.ts";
import { EventTopic } from "./event-topic.ts";
import { RestApi } from "./rest-api.ts";
import type { Settings } from "./settings.ts";
import { SocketHostService } from "./socket-host-service.ts";
import { TenantDeletion } from "./tenant-deletion.ts";
import { addUsagePlans } from "./usage-plans.ts";

export interface ServiceStackProps extends StackProps {
  readonly data: DataStack;
  readonly commands: CommandQueues;
  readonly settings: Settings;
}

/** Everything that can be thrown away and made again: functions, the API, the socket hosts and the edge. */
export class ServiceStack extends Stack {
  constructor(scope: Construct, id: string, { data, commands, settings, ...props }: ServiceStackProps) {
    super(scope, id, props);
    const { installationName, shardCount } = settings;

    const topic = new EventTopic(this, "EventTopic");
    const { deliveries } = new EventDelivery(this, "EventDelivery", { data, topic, settings });
    const { queue: imports } = new ContactImports(this, "ContactImports", { data, topic });
    const campaigns = new CampaignQueues(this, "CampaignQueues");
    new CampaignAudiences(this, "CampaignAudiences", { data, topic, queues: campaigns });
    new CampaignSending(this, "CampaignSending", { data, topic, commands, shardCount, queues: campaigns });
    new SocketHostService(this, "SocketHost", { data, settings, commands, topic });

    const functions = new ApiFunctions(this, "Function", {
      data,
      commands,
      shardCount,
      topic,
      deliveries,
      imports,
      campaigns,
    });
    const { queue: deletions } = new TenantDeletion(this, "TenantDeletion", { data });
    const admin = adminFunction(this, { tables: data.tables, usagePlanPrefix: installationName, deletions });
    const authorizer = authorizerFunction(this, data.tables);
    const rest = new RestApi(this, "RestApi", { name: installationName, authorizer: authorizer.lambda });
    rest.routeResources(functions.resources);
    rest.routeTheRest(functions.root);
    rest.route("admin", admin.lambda, "iam");
    addUsagePlans(rest.api, installationName);

    const site = new ConsoleSite(this, "Console");
    const edge = new Edge(this, "Edge", { api: rest.api, console: site.bucket, settings });
    site.publish(edge.distribution);
    addDashboard(this, { settings, alarms: data.alarms.hearsOf(this) });

    new CfnOutput(this, "ApiUrl", { value: edge.url, description: "customers' base URL, and the console" });
    new CfnOutput(this, "AdminUrl", { value: rest.adminUrl, description: "for the operator: wasaas --admin-url" });
  }
}
