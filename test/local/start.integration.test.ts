import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockFile } from "../../local/installation/file-lock.ts";

const program = join(import.meta.dirname, "..", "..", "local", "start.ts");
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "start-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function ended(
  flags: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ exitCode: number; lines: string[]; stdout: string }> {
  const child = spawn(process.execPath, [program, ...flags], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", HOME: folder, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const read = async (stream: AsyncIterable<Buffer>): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };
  const [[exitCode], stderr, stdout] = await Promise.all([once(child, "exit"), read(child.stderr), read(child.stdout)]);
  return { exitCode, lines: stderr.trimEnd().split("\n"), stdout };
}

describe("npm start", () => {
  it("lists its flags when asked, and starts nothing", async () => {
    const { exitCode, lines, stdout } = await ended(["--help"]);
    expect({ exitCode, lines }).toEqual({ exitCode: 0, lines: [""] });
    for (const flag of ["--port", "--data", "--fresh", "--whatsapp", "--hosts", "--json"])
      expect(stdout).toContain(flag);
  });

  it.each([
    [["--prot", "1"], {}, "--prot"],
    [["--whatsapp", "both"], {}, "--whatsapp"],
    [["--json"], { WA_NOISE_ROOT: "not base64" }, "WA_NOISE_ROOT"],
  ])("says in one line what is wrong with %j and %j", async (flags, environment, said) => {
    const { exitCode, lines, stdout } = await ended(flags, environment);
    expect(exitCode).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(said);
    expect(stdout).toBe("");
  });

  it("says in one line that the data folder cannot be written", async () => {
    const file = join(folder, "file");
    await writeFile(file, "");
    const { exitCode, lines } = await ended(["--data", join(file, "data")]);
    expect([exitCode, lines.length]).toEqual([1, 1]);
    expect(lines[0]).toContain("cannot be used");
  });

  it("says in one line that the port is in use", async () => {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { exitCode, lines } = await ended(["--port", String(port)]);
    server.close();
    expect([exitCode, lines]).toEqual([1, [`wasaas: port ${port} is in use; choose another with --port`]]);
  });

  it("waits ten seconds for another installation on the folder to be gone, then says so in one line", async () => {
    const lock = await lockFile(join(folder, "lock.db"), 0);
    const { exitCode, lines } = await ended(["--data", folder, "--port", "0"]);
    lock?.release();
    expect([exitCode, lines.length]).toEqual([1, 1]);
    expect(lines[0]).toContain("another installation is running on");
  }, 30_000);
});
