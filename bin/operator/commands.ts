import { Command } from "commander";
import { ApiKey } from "../../domain/account/api-key.ts";
import { version } from "../../domain/version.ts";
import { adminRoutes } from "../../functions/admin/routes.ts";
import { adminApi } from "./admin-api.ts";
import type { Open } from "./open.ts";
import { outputOf, type Streams } from "./output.ts";
import { findTarget, type TargetOptions } from "./target.ts";
import { tenantCommands } from "./tenant-commands.ts";

interface GlobalOptions extends TargetOptions {
  readonly json?: boolean;
}

interface Surroundings extends Streams {
  readonly environment: NodeJS.ProcessEnv;
}

const CreatedKey = adminRoutes.createKey.answers[201];

/** The operator's commands. Every one of them asks the admin routes of one installation. */
export function operatorProgram(surroundings: Surroundings): Command {
  const program = new Command("wasaas")
    .description("Make tenants and API keys on a WASaaS installation: a local one that is running, or one on AWS.")
    .version(version)
    .option("--json", "print one line of JSON alone on stdout")
    .option("--data <dir>", "the local installation on this data folder (or WASAAS_DATA)")
    .option("--admin-url <url>", "the installation on AWS with this AdminUrl output (or WASAAS_ADMIN_URL)");
  const open: Open = async command => {
    const options = command.optsWithGlobals<GlobalOptions>();
    const target = await findTarget(options, surroundings.environment);
    return { api: adminApi(target), output: outputOf(options.json ?? false, surroundings) };
  };
  program.addCommand(tenantCommands(open)).addCommand(keyCommands(open));
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    command.exitOverride().configureOutput({ writeOut: surroundings.out, writeErr: surroundings.err });
  }
  return program;
}

function keyCommands(open: Open): Command {
  const keys = new Command("keys").description("the API keys of a tenant");
  keys
    .command("create")
    .description("make an API key and print it; it is never shown again")
    .requiredOption("--tenant <id>", "whose key it is")
    .option("--label <label>", "what it is for")
    .action(async ({ tenant: tenantId, label }, command: Command) => {
      const { api, output } = await open(command);
      const made = await api.ask(CreatedKey, { method: "POST", path: "/keys", body: { tenantId, label } });
      output.made(made.key, `${made.id} of ${made.tenantId}; keep the key, it is not shown again`, made);
    });
  keys
    .command("list")
    .description("a tenant's keys, newest first")
    .requiredOption("--tenant <id>", "whose keys")
    .action(async ({ tenant: tenantId }, command: Command) => {
      const { api, output } = await open(command);
      const all = await api.all(ApiKey, { method: "GET", path: "/keys", query: { tenantId } });
      output.list(["id", "label", "status", "createdAt", "lastUsedAt", "expiresAt", "revokedAt"], all);
    });
  keys
    .command("revoke")
    .description("revoke an API key; it stops working within 60 seconds")
    .argument("<key-id>", "key_…: the key's id, not the key itself")
    .action(async (keyId: string, _options, command: Command) => {
      const { api, output } = await open(command);
      const revoked = await api.ask(ApiKey, { method: "DELETE", path: `/keys/${encodeURIComponent(keyId)}` });
      output.made(revoked.id, "revoked; it stops working within 60 seconds", revoked);
    });
  return keys;
}
