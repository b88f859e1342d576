import type * as z from "zod";

export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/** An answer of the control API that is not what was asked for, as problem+json (RFC 9457). */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly code: string;
  readonly errors: readonly FieldProblem[];

  constructor(status: number, code: string, detail: string, errors: readonly FieldProblem[] = []) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  toJSON() {
    const { status, code, message: detail, errors } = this;
    return { type: "about:blank", title: code, status, detail, code, ...(errors.length > 0 ? { errors } : {}) };
  }
}

/** Parses what a caller sent, or answers 400 with every offending field. */
export function parseOr400<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
  throw new Problem(400, "validation_failed", "The request does not match what this call takes.", errors);
}
