/** What the simulated WhatsApp counted since it started. GET /stats shows it. */
export class TrafficStats {
  connectsTotal = 0;
  maxSocketsPerDevice = 0;
  replaced = 0;
  loginsFailed = 0;
  messagesAccepted = 0;
  messagesDelivered = 0;
  nacks = 0;
  preKeysUploaded = 0;
  bytesIn = 0;
  bytesOut = 0;

  /** Counts a login that found `others` sockets of the same device still logged in. */
  sawLogin(others: number): void {
    this.maxSocketsPerDevice = Math.max(this.maxSocketsPerDevice, others + 1);
    if (others > 0) this.replaced++;
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
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
    };
  }
}
