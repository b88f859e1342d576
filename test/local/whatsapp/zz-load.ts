import { spawn } from "node:child_process"; import { once } from "node:events"; import { readFileSync } from "node:fs";
import { BaileysClient } from "./baileys-client.ts"; import { ControlClient } from "./control-client.ts"; import { eventually } from "../../eventually.ts"; import { quietLibsignal } from "../../../local/whatsapp/quiet-libsignal.ts";
quietLibsignal();
const N = Number(process.argv[2]);
const child = spawn(process.execPath, ["--expose-gc","--import","/tmp/gc.mjs","/work/main/local/whatsapp/main.ts", "--data", "/tmp/wa-load/d" + Date.now()], { stdio: ["ignore", "pipe", "ignore", "ipc"] });
const [line] = await once(child.stdout!, "data"); const ready = JSON.parse(String(line));
const server = { websocketUrl: ready.websocketUrl, noiseRoot: Buffer.from(ready.noiseRoot, "base64") }; const control = new ControlClient(ready.controlUrl);
const rss = () => { const s = readFileSync(`/proc/${child.pid}/status`, "utf8"); const t = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(" "); return s.match(/VmRSS:\s+(\d+)/)![1] + " kB, cpu s " + (Number(t[13]) + Number(t[14])) / 100; };
console.log("start", rss());
const clients: BaileysClient[] = []; const num = (i: number) => String(15550000000 + i);
let t = Date.now();
for (let i = 0; i < N; i++) { await control.createPhone(num(i), "P" + i); const c = new BaileysClient(server); await c.link(control.scan(num(i))); clients.push(c); }
console.log("linked", N, Date.now() - t, "ms", rss());
for (const c of clients) await c.disconnect();
t = Date.now(); for (const c of clients) c.connect(); for (const c of clients) await eventually("open", () => c.isOpen, 60000);
console.log("reconnected", Date.now() - t, "ms", rss());
t = Date.now(); const ids = await Promise.all(clients.map((c, i) => c.send(num((i + 1) % N) + "@s.whatsapp.net", "hi from " + i)));
for (let i = 0; i < N; i++) await clients[(i + 1) % N]!.received("hi from " + i); for (let i = 0; i < N; i++) await clients[i]!.status(ids[i]!, 3);
console.log("ring of first contacts", Date.now() - t, "ms", rss());
t = Date.now(); for (let k = 0; k < 10; k++) await Promise.all(clients.map((c, i) => c.send(num((i + 1) % N) + "@s.whatsapp.net", `m${k} from ${i}`)));
for (let i = 0; i < N; i++) await clients[(i + 1) % N]!.received("m9 from " + i);
console.log("10 rounds", Date.now() - t, "ms", rss(), await control.stats());
const dup = []; for (let i = 0; i < N; i++) { const m = await control.messages(num(i)); if (m.length !== 22 || m.some(x => x.copies !== 1)) dup.push([i, m.length]); }
child.stdout!.on("data", d => console.log(String(d))); child.kill("SIGUSR2"); await eventually("x", () => new Promise<boolean>(r => setTimeout(() => r(true), 500))); console.log("wrong phones", dup); for (const c of clients) await c.disconnect(); child.kill("SIGTERM"); await once(child, "exit"); process.exit(0);
