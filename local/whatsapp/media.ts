import { readFile, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Log } from "../../domain/log.ts";
import type { Faults } from "./faults.ts";
import { mediaCertificate } from "./media-certificate.ts";
import { MediaFiles } from "./media-files.ts";
import { MediaHost } from "./media-host.ts";

/** The media host as the rest of the simulated WhatsApp knows it. */
export interface Media {
  readonly files: MediaFiles;
  /** With its port, as clients are told. */
  readonly hostname: string;
  readonly auth: string;
  readonly caCertificatePath: string;
  close(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";

/** Starts the media host, on the port it had before where that is free: messages name their file by it. */
export async function openMedia(dataDir: string, faults: Faults, log: Log): Promise<Media> {
  const files = new MediaFiles(dataDir);
  const certificate = await mediaCertificate(dataDir);
  const host = new MediaHost({ files, certificate, log, refuses: () => faults.refusesDownloads });
  const portPath = join(dataDir, "media-port");
  const port = await listen(host, await rememberedPort(portPath));
  await writeFile(portPath, String(port));
  return {
    files,
    hostname: `${LOOPBACK}:${port}`,
    auth: host.auth,
    caCertificatePath: certificate.certificatePath,
    close: () =>
      new Promise(resolve => {
        host.server.close(() => resolve());
        host.server.closeAllConnections();
      }),
  };
}

async function rememberedPort(path: string): Promise<number> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "0";
    throw error;
  });
  return Number(text);
}

async function listen(host: MediaHost, port: number): Promise<number> {
  const { server } = host;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, LOOPBACK, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (error) {
    const taken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    if (!taken || port === 0) throw error;
    return listen(host, 0);
  }
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("the media host listens on no port");
  return address.port;
}
