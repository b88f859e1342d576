import { Construct } from "constructs";
import type { Backing } from "./backing.ts";
import { campaignsFunction } from "./campaigns.ts";
import { chatsFunction } from "./chats.ts";
import { contactsFunction } from "./contacts.ts";
import { eventsFunction } from "./events.ts";
import { groupsFunction } from "./groups.ts";
import { keysFunction } from "./keys.ts";
import { mediaFunction } from "./media.ts";
import { messagesFunction } from "./messages.ts";
import { rootFunction } from "./root.ts";
import { sessionsFunction } from "./sessions.ts";
import { templatesFunction } from "./templates.ts";
import { usageFunction } from "./usage.ts";
import { webhooksFunction } from "./webhooks.ts";

/** The functions behind the REST API, one a resource folder, each granted what its endpoints need and no more. */
export class ApiFunctions extends Construct {
  /** Answers what is no resource: /health, unknown paths. */
  readonly root;
  /** By the first word of the path after /api. */
  readonly resources;

  constructor(scope: Construct, id: string, backing: Backing) {
    super(scope, id);
    this.root = rootFunction(this, backing);
    this.resources = {
      sessions: sessionsFunction(this, backing),
      messages: messagesFunction(this, backing),
      chats: chatsFunction(this, backing),
      groups: groupsFunction(this, backing),
      media: mediaFunction(this, backing),
      webhooks: webhooksFunction(this, backing),
      contacts: contactsFunction(this, backing),
      campaigns: campaignsFunction(this, backing),
      events: eventsFunction(this, backing),
      keys: keysFunction(this, backing),
      templates: templatesFunction(this, backing),
      usage: usageFunction(this, backing),
    };
  }
}
