/** What WhatsApp shows of a text, in UTF-16 units; a longer one it cuts. */
export const textLengthMax = 65_536;

/** What WhatsApp takes as the caption of a file, in UTF-16 units. */
export const captionLengthMax = 1_024;
