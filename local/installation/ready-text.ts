import type { ReadyLine } from "./installation.ts";

/** What a person reads when everything is up; the curl works as printed. */
export function readyText(ready: ReadyLine): string {
  const lines = [
    "",
    "  WASaaS is running.",
    "",
    `  API        ${ready.api}/api`,
    `  Console    ${ready.console}`,
    `  Docs       ${ready.docs}`,
    `  Phones     ${ready.simulator ?? "real ones: scan the QR code in the console"}`,
    `  API key    ${ready.apiKey}   (demo tenant ${ready.tenantId}, plan pro)`,
    "",
    "  For another terminal:",
    "",
    `  export API=${ready.api} PHONES=${ready.simulator ?? ""} KEY=${ready.apiKey}`,
    "",
    "  Try it:",
    "",
    `  curl -s -X POST ${ready.api}/api/sessions -H 'Authorization: Bearer ${ready.apiKey}' -H 'Content-Type: application/json' -d '{"name":"My first phone"}'`,
    "",
    "  Stop with Ctrl-C.",
    "",
  ];
  return `${lines.join("\n")}\n`;
}
