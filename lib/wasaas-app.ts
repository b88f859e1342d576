import { App, type AppProps } from "aws-cdk-lib";
import { CommandStack } from "./command-stack.ts";
import { DataStack } from "./data-stack.ts";
import { ServiceStack } from "./service-stack.ts";
import { settingsOf } from "./settings.ts";

/** The three stacks of one installation, for whatever account and region they are deployed to. */
export class WasaasApp extends App {
  readonly data: DataStack;
  readonly commands: CommandStack;
  readonly service: ServiceStack;

  constructor(props: AppProps) {
    super({ analyticsReporting: false, ...props });
    const settings = settingsOf(this.node);
    const { installationName } = settings;
    this.data = new DataStack(this, "Data", {
      stackName: `${installationName}-data`,
      description: "WASaaS: tables, media and the encryption key; retained",
      terminationProtection: true,
      settings,
    });
    this.commands = new CommandStack(this, "Commands", {
      stackName: `${installationName}-commands`,
      description: "WASaaS: one command queue a shard",
      alarms: this.data.alarms,
      settings,
    });
    this.service = new ServiceStack(this, "Service", {
      stackName: `${installationName}-service`,
      description: "WASaaS: API, functions, events, socket hosts and edge",
      data: this.data,
      commands: this.commands.queues,
      settings,
    });
  }
}
