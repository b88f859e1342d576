import { randomBytes } from "node:crypto";
import type { ControlContext } from "./control-context.ts";
import type { Answer, Call, Route } from "./control-route.ts";
import { NewCall, PhoneNumber, Typing } from "./control-schemas.ts";
import { type DeviceAddress, lidJid, phoneJid } from "./device-address.ts";
import type { Phone } from "./phones.ts";
import { Problem, parseOr400 } from "./problem.ts";
import { type Stanza, stanza, unixSeconds } from "./stanza.ts";

/** A person calls another, or types to them. */
export function callRoutes(context: ControlContext, phoneOf: (call: Call) => Phone): Route[] {
  return [
    { method: "POST", path: "/phones/:number/call", answer: call => ring(context, phoneOf(call), call) },
    { method: "POST", path: "/phones/:number/typing", answer: call => type(context, phoneOf(call), call) },
  ];
}

/** Rings at every companion of the other side; `callId` names a call that rang before, to hang up or to ring again. */
function ring({ world, postOffice }: ControlContext, caller: Phone, { body }: Call): Answer {
  const { to, kind, status, callId = randomBytes(16).toString("hex").toUpperCase() } = parseOr400(NewCall, body);
  const callee = calleeOf(world.phones, caller, to);
  const about = { "call-id": callId, "call-creator": lidJid(caller.lid), caller_pn: phoneJid(caller.number) };
  const media = [stanza("audio", { enc: "opus", rate: "16000" }), ...(kind === "video" ? [stanza("video")] : [])];
  const info =
    status === "offered" ? stanza("offer", about, media) : stanza("terminate", { ...about, reason: "timeout" });
  const attributes = { from: lidJid(caller.lid), t: unixSeconds(world.now()), notify: caller.name };
  postOffice.post(
    companionsOf(world.devices, callee).map(device => ({
      to: device,
      stanza: stanza("call", { ...attributes, id: randomBytes(8).toString("hex") }, [info]),
    })),
  );
  return { status: 201, body: { callId } };
}

/** Says to whoever is there now that somebody types; it waits for nobody. */
function type({ world }: ControlContext, typist: Phone, { body }: Call): Answer {
  const { to, paused } = parseOr400(Typing, body);
  const reader = calleeOf(world.phones, typist, to);
  const state: Stanza = stanza(paused ? "paused" : "composing");
  for (const device of companionsOf(world.devices, reader)) {
    world.live.of(device)?.send(stanza("chatstate", { from: phoneJid(typist.number) }, [state]));
  }
  return { status: 204 };
}

function calleeOf(phones: ControlContext["world"]["phones"], caller: Phone, to: string): Phone {
  if (!caller.online) throw new Problem(409, "phone_offline", "The phone is offline.");
  const callee = phones.named(to.includes("@") ? to : phoneJid(parseOr400(PhoneNumber, to)));
  if (!callee) throw new Problem(404, "not_on_whatsapp", "There is no phone with this number.");
  return callee;
}

function companionsOf(devices: ControlContext["world"]["devices"], { number }: Phone): DeviceAddress[] {
  return devices.of(number).map(({ device }) => ({ number, device }));
}
