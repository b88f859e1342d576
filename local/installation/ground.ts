import type { Assembly } from "../assembly/assembly.ts";
import type { AwsFront } from "../aws/aws-front.ts";
import type { LocalPrincipals } from "./principals.ts";

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What functions, tasks and the API of the assembly all stand on. */
export interface Ground {
  readonly assembly: Assembly;
  readonly front: AwsFront;
  readonly principals: LocalPrincipals;
  accessKey(accessKeyId: string): AccessKey;
}
