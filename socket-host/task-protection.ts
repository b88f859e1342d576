import type { Log } from "../domain/log.ts";

export interface TaskProtectionOptions {
  /** Given by ECS (ECS_AGENT_URI): its agent, which protects the task it is asked from. */
  readonly agentUri: string;
  readonly monotonic: () => number;
  readonly log: Log;
}

/** Protection lapses by itself after this, so that a host that hangs does not hold a deployment up. */
const expiresInMinutes = 5;
const renewEveryMs = 120_000;
const timeoutMs = 3_000;

/**
 * Asks ECS not to end this task, neither to scale in nor to deploy, while somebody links a phone: a pairing cannot be
 * handed over, the person would have to scan again
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html).
 */
export class TaskProtection {
  readonly #options: TaskProtectionOptions;
  #protectedAtMs: number | undefined;

  constructor(options: TaskProtectionOptions) {
    this.#options = options;
  }

  /** Has the task protected, or not, as it should be now. Rejects where the agent refuses: the next call asks again. */
  async keep(wanted: boolean): Promise<void> {
    const { monotonic, log } = this.#options;
    const since = this.#protectedAtMs;
    if (!wanted && since === undefined) return;
    if (wanted && since !== undefined && monotonic() - since < renewEveryMs) return;
    await this.#put(
      wanted ? { ProtectionEnabled: true, ExpiresInMinutes: expiresInMinutes } : { ProtectionEnabled: false },
    );
    this.#protectedAtMs = wanted ? monotonic() : undefined;
    if (wanted !== (since !== undefined)) log.info("task protection changed", { protected: wanted });
  }

  async #put(state: object): Promise<void> {
    const answer = await fetch(`${this.#options.agentUri}/task-protection/v1/state`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(state),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!answer.ok) throw new Error(`the ECS agent answered ${answer.status} when asked for task protection`);
  }
}
