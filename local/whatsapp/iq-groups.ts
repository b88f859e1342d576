import { groupNode } from "./group-nodes.ts";
import { memberOf } from "./groups.ts";
import type { IqHandlers } from "./iq-router.ts";
import { attribute, stanza } from "./stanza.ts";
import type { World } from "./world.ts";

/** What a client asks about groups: one that its phone is in, or all of those. */
export function groupQueries({ groups, phones, faults }: World): IqHandlers {
  return {
    "w:g2 get query": ({ phone }, { iq }) => {
      const group = groups.find(attribute(iq, "to"));
      faults.staleGroups.asked(phone.number);
      if (!group) return { error: { code: "404", text: "item-not-found" } };
      if (!memberOf(group, phone.number)) return { error: { code: "403", text: "forbidden" } };
      return { content: [groupNode(phones, group)] };
    },
    "w:g2 get participating": ({ phone }) => ({
      content: [
        stanza(
          "groups",
          {},
          groups.of(phone.number).map(group => groupNode(phones, group)),
        ),
      ],
    }),
  };
}
