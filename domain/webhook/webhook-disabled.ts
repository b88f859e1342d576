import { DomainError } from "../error.ts";

/** Nothing is sent to a disabled endpoint, however it is asked for. */
export class WebhookDisabled extends DomainError {
  override readonly name = "WebhookDisabled";
  constructor(options: { cause?: unknown } = {}) {
    super("invalid_transition", "The webhook is disabled; enable it first.", options);
  }
}
