import type * as z from "zod";

/**
 * What a request is answered with, before the common headers are put on it. `body` undefined: none; a text goes out as
 * it stands, anything else as JSON.
 */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Status → schema of the body; a schema of undefined where there is none. */
export type Answers = Readonly<Record<number, z.ZodType>>;

/** The answers a route allows, as its action gives them: the edge parses each by its schema. */
export type Reply<A extends Answers> = {
  [S in keyof A & number]: {
    readonly status: S;
    readonly body: z.input<A[S]>;
    readonly headers?: Readonly<Record<string, string>>;
  };
}[keyof A & number];

export const ok = <B>(body: B) => ({ status: 200, body }) as const;
export const created = <B>(body: B) => ({ status: 201, body }) as const;
export const accepted = <B>(body: B) => ({ status: 202, body }) as const;
export const noContent = () => ({ status: 204, body: undefined }) as const;
