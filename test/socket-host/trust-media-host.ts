import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";

/** Makes this process trust a simulated media host, as NODE_EXTRA_CA_CERTS does for one of its own. */
export function trustMediaHost({ caCertificatePath }: { caCertificatePath: string }): void {
  setDefaultCACertificates([...getCACertificates("default"), readFileSync(caCertificatePath, "utf8")]);
}
