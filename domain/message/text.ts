/** What WhatsApp shows of a text, in UTF-16 units; a longer one it cuts. */
export const textLengthMax = 65_536;
