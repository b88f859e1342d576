import { Command, InvalidArgumentError, Option } from "commander";
import { Plan } from "../../domain/account/plan.ts";
import { Tenant } from "../../domain/account/tenant.ts";
import type { Open } from "./open.ts";
import { wholeNumber } from "./whole-number.ts";

const planOption = () => new Option("--plan <plan>", "its plan").choices(Plan.options).makeOptionMandatory();

export function tenantCommands(open: Open): Command {
  const tenants = new Command("tenants").description("the customers of the installation");
  tenants
    .command("create")
    .description("make a tenant and print its id")
    .requiredOption("--name <name>", "what the tenant is called")
    .addOption(planOption())
    .option("--rate-limit <requests>", "requests a minute, other than the plan's", wholeNumber)
    .option("--retention-days <days>", "how long its messages are kept, or forever", daysKept)
    .option("--opt-out-words <words>", "words that opt out of its campaigns, beside the standard ones", listed)
    .action(async ({ name, plan, rateLimit, retentionDays, optOutWords }, command: Command) => {
      const { api, output } = await open(command);
      const body = { name, plan, rateLimit, retentionDays: retentionOf(retentionDays), optOutWords };
      const tenant = await api.ask(Tenant, { method: "POST", path: "/tenants", body });
      output.made(
        tenant.id,
        `${tenant.name} on the plan ${tenant.plan}, ${tenant.rateLimit} requests a minute`,
        tenant,
      );
    });
  tenants
    .command("list")
    .description("all tenants, newest first")
    .action(async (_options, command: Command) => {
      const { api, output } = await open(command);
      const all = await api.all(Tenant, { method: "GET", path: "/tenants" });
      output.list(["id", "name", "plan", "rateLimit", "status", "createdAt"], all);
    });
  tenants
    .command("set-plan")
    .description("put a tenant on another plan, or give it another limit on its own")
    .argument("<tenant-id>", "ten_…")
    .addOption(planOption())
    .option("--rate-limit <requests>", "requests a minute, other than the plan's", wholeNumber)
    .option("--retention-days <days>", "how long new messages are kept, or forever; as it is unless told", daysKept)
    .addHelpText("after", retentionHelp)
    .action(async (tenantId: string, { plan, rateLimit, retentionDays }, command: Command) => {
      const { api, output } = await open(command);
      const body = { plan, rateLimit, retentionDays: retentionOf(retentionDays) };
      const tenant = await api.ask(Tenant, { method: "PUT", path: `${pathOf(tenantId)}/plan`, body });
      output.made(tenant.id, `on the plan ${tenant.plan}, ${tenant.rateLimit} requests a minute`, tenant);
    });
  tenants
    .command("set-opt-out-words")
    .description("say which words opt out of a tenant's campaigns, beside the standard ones; none: those alone")
    .argument("<tenant-id>", "ten_…")
    .argument("<words>", "separated by commas", listed)
    .action(async (tenantId: string, words: string[], _options, command: Command) => {
      const { api, output } = await open(command);
      const request = { method: "PUT", path: `${pathOf(tenantId)}/opt-out-words`, body: { words } } as const;
      const tenant = await api.ask(Tenant, request);
      output.made(tenant.id, `${tenant.optOutWords.length} words of its own opt out`, tenant);
    });
  for (const { name, description, note } of [
    { name: "suspend", description: "refuse all keys of a tenant", note: "its keys stop working within 60 seconds" },
    { name: "resume", description: "let a suspended tenant in again", note: "its keys work again within 60 seconds" },
  ]) {
    tenants
      .command(name)
      .description(description)
      .argument("<tenant-id>", "ten_…")
      .action(async (tenantId: string, _options, command: Command) => {
        const { api, output } = await open(command);
        const tenant = await api.ask(Tenant, { method: "POST", path: `${pathOf(tenantId)}/${name}` });
        output.made(tenant.id, `${tenant.status}; ${note}`, tenant);
      });
  }
  tenants
    .command("delete")
    .description("erase a tenant and everything of it, in the background; nothing brings it back")
    .argument("<tenant-id>", "ten_…")
    .action(async (tenantId: string, _options, command: Command) => {
      const { api, output } = await open(command);
      const tenant = await api.ask(Tenant, { method: "DELETE", path: pathOf(tenantId) });
      output.made(tenant.id, "being deleted; it is listed until nothing of it is left", tenant);
    });
  return tenants;
}

const pathOf = (tenantId: string) => `/tenants/${encodeURIComponent(tenantId)}`;

const retentionHelp = `
Another retention holds for all sessions of the tenant within seconds, for messages stored from then on. A message stored before
keeps the end it was given: a shorter retention erases it no sooner, a longer one keeps it no longer.
Where this fails in between, say it again: it carries on.`;

/** Commander takes a null for an option without its value. */
function daysKept(text: string): number | "forever" {
  if (text === "forever") return text;
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("a whole number of days is needed, or forever");
  return Number(text);
}

const retentionOf = (days: number | "forever" | undefined) => (days === "forever" ? null : days);

/** Words separated by commas. */
function listed(text: string): string[] {
  return text
    .split(",")
    .map(word => word.trim())
    .filter(word => word !== "");
}
