const dayMs = 24 * 3_600_000;

/** What the simulated WhatsApp counted since it started. GET /stats shows it. */
export class TrafficStats {
  readonly #keysGivenAtMs = new Map<string, number>();
  connectsTotal = 0;
  maxSocketsPerDevice = 0;
  replaced = 0;
  loginsFailed = 0;
  messagesAccepted = 0;
  messagesDelivered = 0;
  nacks = 0;
  preKeysUploaded = 0;
  keyQueries = 0;
  /** Bundles that were given out. */
  keysGiven = 0;
  /** Of those, for a device whose keys the same asker has had within a day. */
  keysGivenAgain = 0;
  /** Messages to a LID that its person has no more. */
  sentToFormerLids = 0;
  /** Messages to a group under a key that somebody has who has left it. */
  groupKeysOutlived = 0;
  bytesIn = 0;
  bytesOut = 0;

  /** Counts a login that found `others` sockets of the same device still logged in. */
  sawLogin(others: number): void {
    this.maxSocketsPerDevice = Math.max(this.maxSocketsPerDevice, others + 1);
    if (others > 0) this.replaced++;
  }

  /** Counts a bundle of one device that another has asked for. */
  sawKeysGiven(asker: string, device: string, nowMs: number): void {
    const pair = `${asker} ${device}`;
    const beforeMs = this.#keysGivenAtMs.get(pair);
    this.#keysGivenAtMs.set(pair, nowMs);
    this.keysGiven++;
    if (beforeMs !== undefined && nowMs - beforeMs < dayMs) this.keysGivenAgain++;
  }

  snapshot(connections: number) {
    return {
      connections,
      connectsTotal: this.connectsTotal,
      maxSocketsPerDevice: this.maxSocketsPerDevice,
      replaced: this.replaced,
      loginsFailed: this.loginsFailed,
      messagesAccepted: this.messagesAccepted,
      messagesDelivered: this.messagesDelivered,
      nacks: this.nacks,
      preKeysUploaded: this.preKeysUploaded,
      keyQueries: this.keyQueries,
      keysGiven: this.keysGiven,
      keysGivenAgain: this.keysGivenAgain,
      sentToFormerLids: this.sentToFormerLids,
      groupKeysOutlived: this.groupKeysOutlived,
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
    };
  }
}
