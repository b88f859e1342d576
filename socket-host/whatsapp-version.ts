import { GetParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import type { Log } from "../domain/log.ts";
import { laterVersion, parseVersion, type WhatsAppVersion } from "../domain/whatsapp-version/whatsapp-version.ts";

const keptMs = 60_000;
/** How often WhatsApp Web is asked at most, whatever WhatsApp refuses. */
const askedAgainMs = 60_000;
/** A version that nobody has confirmed for this long links, but is old: WhatsApp refuses it before long. */
const oldMs = 2 * 86_400_000;

export interface VersionSource {
  /** The version to claim at a connect; undefined: the engine's own. */
  claim(): Promise<WhatsAppVersion | undefined>;
  /** WhatsApp refused the version as too old. Resolves once the present one was asked for. */
  refused(): Promise<void>;
  /** What is claimed now, and whether it is old: nobody has confirmed it for two days, or WhatsApp refuses it. */
  report(): { readonly claimed: string; readonly old: boolean };
}

export interface VersionSourceOptions {
  readonly ssm: SSMClient;
  readonly parameter: string;
  /** Asks WhatsApp Web which version it is. */
  readonly present: () => Promise<WhatsAppVersion>;
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly log: Log;
}

/**
 * The WhatsApp Web version to claim. A schedule keeps the parameter fresh; it is read again after a minute. Before it was
 * ever written, and where WhatsApp refuses what it says, WhatsApp Web is asked. Where neither answers, the last version
 * known serves, or else the engine's own: a connection matters more than its version.
 */
export function versionSource(options: VersionSourceOptions): VersionSource {
  const { monotonic } = options;
  const state: State = { version: undefined, confirmedAtMs: undefined, isRefused: false };
  const asking = once(() => ask(options, state), askedAgainMs, monotonic);
  const reading = once(() => read(options, state), keptMs, monotonic);
  return {
    async claim() {
      await reading();
      if (state.version === undefined) await asking();
      return state.version;
    },
    refused: async () => {
      state.isRefused = true;
      await asking();
    },
    report: () => {
      const isConfirmed = state.confirmedAtMs !== undefined && options.now() - state.confirmedAtMs < oldMs;
      return { claimed: state.version?.join(".") ?? "default", old: state.isRefused || !isConfirmed };
    },
  };
}

interface State {
  version: WhatsAppVersion | undefined;
  /** When WhatsApp Web last said so, by the clock. */
  confirmedAtMs: number | undefined;
  isRefused: boolean;
}

async function read({ ssm, parameter, log }: VersionSourceOptions, state: State): Promise<void> {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: parameter }));
    const version = parseVersion(Parameter?.Value ?? "");
    if (version === undefined) return;
    take(state, version, Parameter?.LastModifiedDate?.getTime());
  } catch (error) {
    log.warn("whatsapp version not read, the last known one serves", { parameter, error });
  }
}

async function ask({ present, now, log }: VersionSourceOptions, state: State): Promise<void> {
  try {
    take(state, await present(), now());
  } catch (error) {
    log.warn("present whatsapp version not known", { error });
  }
}

function take(state: State, version: WhatsAppVersion, confirmedAtMs: number | undefined): void {
  const later = laterVersion(version, state.version);
  if (later !== version) return;
  if (later.join() !== state.version?.join()) state.isRefused = false;
  state.version = later;
  state.confirmedAtMs = Math.max(confirmedAtMs ?? 0, state.confirmedAtMs ?? 0);
}

/** The work, done at most so often; whoever asks while it is done waits for it. */
function once(work: () => Promise<void>, everyMs: number, monotonic: () => number): () => Promise<void> {
  let last: { atMs: number; done: Promise<void> } | undefined;
  return () => {
    if (last === undefined || monotonic() - last.atMs >= everyMs) last = { atMs: monotonic(), done: work() };
    return last.done;
  };
}
