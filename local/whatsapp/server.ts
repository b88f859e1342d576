import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import type { Log } from "../../domain/log.ts";
import { loadServerKeys } from "./certificate-chain.ts";
import { CompanionMessages } from "./companion-messages.ts";
import { Connection, type ConnectionEnvironment, type ConnectionListener } from "./connection.ts";
import { ControlApi } from "./control-api.ts";
import type { SocketHost } from "./control-context.ts";
import { Disconnects } from "./disconnects.ts";
import { Faults } from "./faults.ts";
import { GroupChanges } from "./group-changes.ts";
import { accountQueries } from "./iq-account.ts";
import { groupQueries } from "./iq-groups.ts";
import { keyQueries } from "./iq-keys.ts";
import { mexQueries, pushTimeLock } from "./iq-mex.ts";
import { IqRouter } from "./iq-router.ts";
import { usyncQuery } from "./iq-usync.ts";
import { KeyDirectory } from "./key-directory.ts";
import { Linking } from "./linking.ts";
import { Login } from "./login.ts";
import { openMedia } from "./media.ts";
import { MediaRetries } from "./media-retries.ts";
import { Pairing } from "./pairing.ts";
import { PhoneChores } from "./phone-chores.ts";
import { PhoneInbox } from "./phone-inbox.ts";
import { PhoneOutbox } from "./phone-outbox.ts";
import { PhoneTasks } from "./phone-tasks.ts";
import { PostOffice } from "./post-office.ts";
import { quietLibsignal } from "./quiet-libsignal.ts";
import { Receipts } from "./receipts.ts";
import { ServerIdentity } from "./server-identity.ts";
import { StanzaRouter } from "./stanza-router.ts";
import { openWorld, type World } from "./world.ts";

const LOOPBACK = "127.0.0.1";
const WEBSOCKET_PATH = "/ws/chat";

export interface WhatsAppOptions {
  /** Where the database is; made where it is missing. */
  readonly dataDir: string;
  /** 0 takes a free port. */
  readonly websocketPort: number;
  readonly controlPort: number;
  readonly log: Log;
  /** Signs the leaf certificate with a key that the root does not vouch for: a client that checks must refuse it. */
  readonly forgeChain?: boolean;
}

export interface RunningWhatsApp {
  readonly websocketUrl: string;
  readonly controlUrl: string;
  /** The public key that clients pin, 32 bytes. */
  readonly noiseRoot: Buffer;
  /** The certificate that clients of the media host must trust, as a file. */
  readonly caCertificatePath: string;
  /** The media host with its port. */
  readonly mediaHostname: string;
  /** Says which socket hosts there are now; GET /hosts answers them. */
  setHosts(hosts: readonly SocketHost[]): void;
  /** Hangs up on everybody and closes the database. */
  close(): Promise<void>;
}

/** It cannot listen where it was told to; the cause says why. */
class PortUnavailable extends Error {
  readonly code = "port_unavailable";
  override readonly name = "PortUnavailable";
}

/** The simulated WhatsApp, on loopback only. Everything it must not forget is in `dataDir`. */
export async function startWhatsApp(options: WhatsAppOptions): Promise<RunningWhatsApp> {
  quietLibsignal();
  const { log } = options;
  const faults = new Faults();
  const media = await openMedia(options.dataDir, faults, log);
  const world = openWorld(options.dataDir, { media, faults, log, now: Date.now });
  const keys = loadServerKeys(world.database);
  const parts = wire(world);
  const environment = { ...world, identity: new ServerIdentity(keys, options.forgeChain ?? false, faults) };
  const control = createServer((request, response) => void parts.control.handle(request, response));
  const sockets = createServer((_request, response) => response.writeHead(404).end());
  await listen(sockets, options.websocketPort);
  acceptClients(world, environment, parts.listener, sockets);
  await listen(control, options.controlPort);
  for (const number of world.queue.phonesWithMail()) parts.inbox.wake(number);
  parts.chores.wake();
  return {
    websocketUrl: `ws://${LOOPBACK}:${portOf(sockets)}${WEBSOCKET_PATH}`,
    controlUrl: `http://${LOOPBACK}:${portOf(control)}`,
    noiseRoot: Buffer.from(keys.root.public),
    caCertificatePath: media.caCertificatePath,
    mediaHostname: media.hostname,
    setHosts: hosts => parts.control.setHosts(hosts),
    close: async () => {
      parts.inbox.close();
      parts.chores.close();
      for (const connection of world.live.all()) connection.cut();
      world.faults.timeLocks.onChanged = () => {};
      world.faults.clear();
      await Promise.all([closeServer(sockets), closeServer(control), media.close()]);
      await parts.tasks.idle();
      world.database.close();
    },
  };
}

/** Builds the parts and joins the two knots: who is told of a phone's mail, and of a fault's end. */
function wire(world: World) {
  const tasks = new PhoneTasks();
  const postOffice = new PostOffice(world);
  const directory = new KeyDirectory(world, postOffice);
  const linking = new Linking(world, postOffice);
  const groupChanges = new GroupChanges(world, postOffice);
  const receipts = new Receipts(world, postOffice);
  const media = new MediaRetries(world, postOffice);
  const outbox = new PhoneOutbox(world, postOffice, directory, tasks);
  const chores = new PhoneChores(world, receipts, outbox);
  const inbox = new PhoneInbox(world, postOffice, outbox, chores, tasks);
  const disconnects = new Disconnects(world, linking);
  const pairing = new Pairing(world, linking);
  const login = new Login(world, pairing, disconnects);
  const messages = new CompanionMessages(world, postOffice);
  const iqs = new IqRouter(world, {
    ...keyQueries(world, directory),
    ...usyncQuery(world),
    ...groupQueries(world),
    ...mexQueries(world),
    ...accountQueries(world, chores, linking),
  });
  const router = new StanzaRouter(world, { pairing, iqs, messages, receipts, media });
  world.faults.timeLocks.onChanged = lock => pushTimeLock(world, postOffice, lock);
  postOffice.onPhoneMail = number => inbox.wake(number);
  world.faults.onLifted = () => {
    login.resume();
    for (const connection of world.live.loggedIn()) connection.mailbox.pump();
  };
  const control = new ControlApi({
    world,
    pairing,
    linking,
    postOffice,
    groupChanges,
    outbox,
    inbox,
    receipts,
    chores,
    disconnects,
  });
  const listener: ConnectionListener = {
    authenticated: (connection, finish) => login.admit(connection, finish),
    received: (connection, stanza) => router.route(connection, stanza),
    closed: connection => {
      world.live.remove(connection);
      pairing.closed(connection);
    },
  };
  return { tasks, inbox, chores, control, listener };
}

function acceptClients(
  world: World,
  environment: ConnectionEnvironment,
  listener: ConnectionListener,
  server: Server,
): void {
  const clients = new WebSocketServer({ server, path: WEBSOCKET_PATH });
  clients.on("connection", socket => {
    world.stats.connectsTotal++;
    world.live.add(new Connection(socket, environment, listener));
  });
  server.on("connection", socket => {
    if (world.faults.refusesConnections(undefined)) socket.destroy();
  });
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) =>
      reject(new PortUnavailable(`cannot listen on port ${port}: ${cause.message}`, { cause }));
    server.once("error", fail);
    server.listen(port, LOOPBACK, () => {
      server.off("error", fail);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  return address.port;
}

function closeServer(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
