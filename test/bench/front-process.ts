import { installFront } from "../local/aws/installed-front.ts";

// The emulated AWS as a process of its own, so that its CPU time is told apart from its clients'.
const { runner, remove } = await installFront();
process.once("message", () => void remove().then(() => process.exit(0)));
process.send?.({ endpoint: runner.endpoint, credentials: runner.credentials });
