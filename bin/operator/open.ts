import type { Command } from "commander";
import type { AdminApi } from "./admin-api.ts";
import type { Output } from "./output.ts";

/** Finds the installation that a command is about, and where its answer goes. */
export type Open = (command: Command) => Promise<{ api: AdminApi; output: Output }>;
