/** Something the operator can understand and mend: printed as one line. `exitCode` 1: it failed; 2: it was asked wrongly. */
export class OperatorError extends Error {
  override readonly name = "OperatorError";
  readonly exitCode: 1 | 2;

  constructor(message: string, options: { cause?: unknown; exitCode?: 1 | 2 } = {}) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}
