import type { proto } from "@whiskeysockets/baileys";
import * as z from "zod";
import type { Connection } from "./connection.ts";
import type { Route } from "./control-route.ts";
import { parseOr400 } from "./problem.ts";

const Revision = z.number().int().min(0).max(4_294_967_295);
const VersionChange = z.strictObject({
  present: Revision.optional(),
  login: Revision.optional(),
  link: Revision.optional(),
});

/**
 * Which revisions of WhatsApp Web are let in. Measured: 1035920091 was refused with 405 from 28 July 2026 on (waha#2191,
 * Baileys#2731), and an accepted one that is old fails linking alone, "Couldn't link device" (Baileys#2679). Where the
 * second line is, is a guess: the revision that was current on 1 July 2026. The present one is of 21 August 2026.
 */
const FIRST = { present: 1_045_649_367, login: 1_035_920_092, link: 1_042_466_098 };

export class ClientVersions {
  #revisions: { present: number; login: number; link: number } = FIRST;
  readonly #claimed = new WeakMap<Connection, number>();

  /** Notes the version that a client claims. Answers whether it may do anything at all. */
  admit(connection: Connection, { userAgent }: proto.IClientPayload): boolean {
    const revision = userAgent?.appVersion?.tertiary ?? 0;
    this.#claimed.set(connection, revision);
    return revision >= this.#revisions.login;
  }

  mayLink(connection: Connection): boolean {
    return (this.#claimed.get(connection) ?? 0) >= this.#revisions.link;
  }

  /**
   * `GET /sw.js` says the present revision as web.whatsapp.com does (read in Baileys lib/Utils/generics.js), and
   * `PATCH /versions` changes where the lines are.
   */
  routes(): Route[] {
    const state = () => ({ status: 200, body: this.#revisions });
    return [
      {
        method: "GET",
        path: "/sw.js",
        answer: () => ({ status: 200, body: JSON.stringify({ client_revision: this.#revisions.present }) }),
      },
      { method: "GET", path: "/versions", answer: state },
      {
        method: "PATCH",
        path: "/versions",
        answer: ({ body }) => {
          this.#revisions = { ...this.#revisions, ...parseOr400(VersionChange, body) };
          return state();
        },
      },
    ];
  }
}
