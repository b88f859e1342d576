/** What a route answers: 200 with a body unless it says otherwise; 204 has none. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

export interface Call {
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Route {
  readonly method: string;
  /** Segments; those that begin with a colon are parameters. */
  readonly path: string;
  readonly answer: (call: Call) => Answer | Promise<Answer>;
}
