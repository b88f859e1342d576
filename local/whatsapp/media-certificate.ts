import { existsSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generate } from "selfsigned";

/** What the media host is proven by: a certificate that vouches for itself, and where it lies for clients to trust. */
export interface MediaCertificate {
  readonly key: string;
  readonly certificate: string;
  readonly certificatePath: string;
}

const validFrom = new Date("2020-01-01T00:00:00Z");
const validUntil = new Date("2100-01-01T00:00:00Z");

/** The certificate of this data folder, made on the first start and the same ever after. */
export async function mediaCertificate(dataDir: string): Promise<MediaCertificate> {
  const certificatePath = join(dataDir, "media-ca.pem");
  const keyPath = join(dataDir, "media-key.pem");
  if (!existsSync(certificatePath)) await make(keyPath, certificatePath);
  const [key, certificate] = await Promise.all([readFile(keyPath, "utf8"), readFile(certificatePath, "utf8")]);
  return { key, certificate, certificatePath };
}

async function make(keyPath: string, certificatePath: string): Promise<void> {
  const made = await generate([{ name: "commonName", value: "simulated WhatsApp media" }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: validFrom,
    notAfterDate: validUntil,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", digitalSignature: true, keyCertSign: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  await writeFile(keyPath, made.private, { mode: 0o600 });
  // The certificate comes last and whole: it alone says that both are there.
  await writeFile(`${certificatePath}.part`, made.cert);
  await rename(`${certificatePath}.part`, certificatePath);
}
