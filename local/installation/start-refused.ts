/** The installation cannot start for a reason that the person at the terminal can mend: one clear line, no stack. */
export class StartRefused extends Error {
  readonly code = "start_refused";

  constructor(message: string, options?: { cause: unknown }) {
    super(message, options);
    this.name = "StartRefused";
  }
}
