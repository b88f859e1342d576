/** Whether a JID's server is that of hosted businesses, by number or by LID (read: whatsmeow types/jid.go). */
export function isHosted(server: string): boolean {
  return server === "hosted" || server === "hosted.lid";
}
