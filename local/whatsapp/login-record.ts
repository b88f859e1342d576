/** A device that logged in. */
export interface LoggedIn {
  readonly at: string;
  readonly number: string;
  readonly device: number;
  /** Whether another socket of the same device was still logged in, which was closed with a conflict then. */
  readonly replaced: boolean;
}

const rememberedMax = 20_000;

/** Who logged in when, the latest of them. GET /logins shows it. */
export class LoginRecord {
  readonly #logins: LoggedIn[] = [];

  add(login: LoggedIn): void {
    this.#logins.push(login);
    if (this.#logins.length > rememberedMax) this.#logins.shift();
  }

  get all(): readonly LoggedIn[] {
    return this.#logins;
  }
}
