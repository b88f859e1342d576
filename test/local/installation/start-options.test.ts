import { describe, expect, it } from "vitest";
import { startOptions } from "../../../local/installation/start-options.ts";
import { StartRefused } from "../../../local/installation/start-refused.ts";

describe("startOptions", () => {
  it("has the defaults that are documented", () => {
    expect(startOptions([], {})).toMatchObject({
      port: 3000,
      dataDir: ".wasaas",
      fresh: false,
      whatsapp: "simulated",
      hosts: 1,
      json: false,
    });
  });

  it("reads every flag and variable", () => {
    const flags = ["--port", "0", "--data", "/tmp/a", "--fresh", "--whatsapp=live", "--hosts", "3", "--json"];
    const root = Buffer.alloc(32, 1).toString("base64");
    const environment = { WA_WEBSOCKET_URL: "ws://127.0.0.1:9/ws/chat", WA_NOISE_ROOT: root, NODE_EXTRA_CA_CERTS: "" };
    expect(startOptions(flags, environment)).toMatchObject({
      port: 0,
      dataDir: "/tmp/a",
      fresh: true,
      whatsapp: "live",
      hosts: 3,
      json: true,
      websocketUrl: "ws://127.0.0.1:9/ws/chat",
      noiseRoot: root,
      extraCaCerts: undefined,
    });
  });

  it.each([
    [["--prot", "3"], {}, "--prot"],
    [["extra"], {}, "extra"],
    [["--port", "http"], {}, "--port: must be a whole number"],
    [["--port", "70000"], {}, "--port: "],
    [["--hosts", "-1"], {}, "--hosts"],
    [["--whatsapp", "real"], {}, "--whatsapp: "],
    [[], { LOG_LEVEL: "loud" }, "LOG_LEVEL: "],
    [[], { WA_WEBSOCKET_URL: "http://127.0.0.1" }, "WA_WEBSOCKET_URL: "],
    [[], { WA_NOISE_ROOT: "AAAA" }, "WA_NOISE_ROOT: must be 32 bytes"],
  ])("refuses %j with %j in one line", (flags, environment, said) => {
    const refused = (): unknown => startOptions(flags, environment);
    expect(refused).toThrow(StartRefused);
    expect(refused).toThrow(said);
    try {
      refused();
    } catch (error) {
      expect(String(error)).not.toContain("\n");
    }
  });
});
