import { type BinaryNode, jidNormalizedUser, USyncQuery, USyncUser, type WASocket } from "@whiskeysockets/baileys";
import { isGroup, isLid, Jid } from "../../domain/jid.ts";
import { type LateParts, reachLateDevices } from "./late-devices.ts";

interface AckParts extends LateParts {
  readonly now: () => number;
}

/** Nobody has measured whether WhatsApp sends a `phash` only where something is amiss: a chat is looked at no more often. */
const lookedAtEveryMs = 5 * 60_000;
const rememberedMax = 500;

const staleAddressing = "421";

/**
 * What WhatsApp's ack of a message says besides whether it was taken, which Baileys passes over: what this socket knows of
 * a group is out of date (421, another `addressing_mode`, a `phash`; zapo WaMessageDispatchCoordinator), some devices got
 * nothing (`phash`), a number has another LID by now (`refresh_lid`, Baileys#2661). `looks` is when the devices of which
 * chat were last looked at, for as long as the socket lives.
 */
export function hearAck(parts: AckParts, looks: Map<Jid, number>, { attrs }: BinaryNode): void {
  const { id, error, phash, refresh_lid: refreshLid, addressing_mode: mode } = attrs;
  const { data: chat } = Jid.safeParse(jidNormalizedUser(attrs.from));
  if (chat === undefined || id === undefined) return;
  const { groups, options } = parts;
  const known = groups.known(chat)?.addressingMode;
  const hasOtherMode = mode !== undefined && known !== undefined && mode !== known;
  if (isGroup(chat) && (error === staleAddressing || hasOtherMode || phash !== undefined)) groups.changed(chat);
  const failed = (what: string) => (cause: unknown) =>
    options.log.warn("what an ack asked for was not done", { what, waMessageId: id, error: cause });
  if (phash !== undefined && error === undefined && mayLook(looks, chat, parts.now())) {
    reachLateDevices(parts, { chat, waMessageId: id, phash }).catch(failed("late devices"));
  }
  if (refreshLid === "true") renewLid(parts.sock, chat).catch(failed("new LID"));
}

function mayLook(looks: Map<Jid, number>, chat: Jid, nowMs: number): boolean {
  if (nowMs - (looks.get(chat) ?? Number.NEGATIVE_INFINITY) < lookedAtEveryMs) return false;
  looks.delete(chat);
  looks.set(chat, nowMs);
  const [oldest] = looks.keys();
  if (looks.size > rememberedMax && oldest !== undefined) looks.delete(oldest);
  return true;
}

/** Asks WhatsApp which LID a person's number has now. */
async function renewLid({ signalRepository, executeUSyncQuery }: WASocket, person: Jid): Promise<void> {
  const { lidMapping } = signalRepository;
  const pn = isLid(person) ? jidNormalizedUser((await lidMapping.getPNForLID(person)) ?? undefined) : person;
  if (pn === "") return;
  const query = new USyncQuery().withContext("background").withLIDProtocol().withUser(new USyncUser().withId(pn));
  const answer = await executeUSyncQuery(query);
  const lid = answer?.list.find(each => each.id === pn)?.lid;
  if (typeof lid === "string") await lidMapping.storeLIDPNMappings([{ pn, lid }]);
}
