/** Words that opt out everywhere, beside a tenant's own. */
const standard = {
  stop: "en",
  unsubscribe: "en",
  baja: "es",
  parar: "pt",
  sair: "pt",
  cancelar: "pt",
} as const;

type Language = (typeof standard)[keyof typeof standard];

const confirmations: Readonly<Record<Language, string>> = {
  en: "You will get no more messages from us. Send START to get them again.",
  es: "No recibirás más mensajes nuestros. Envía START para volver a recibirlos.",
  pt: "Você não receberá mais mensagens nossas. Envie START para voltar a recebê-las.",
};

/** A word as it is compared: without the space around it, and in one case. */
export function folded(text: string): string {
  return text.normalize("NFKC").trim().toLowerCase();
}

/** Whether a text is nothing but a word that opts in again. */
export function optsIn(text: string): boolean {
  return folded(text) === "start";
}

/** Whether a text is nothing but one of the standard words that opt out. */
export function optsOut(text: string): boolean {
  return Object.hasOwn(standard, folded(text));
}

/** What somebody is told who opted out with a word, in the language of the word; of a tenant's own word in English. */
export function confirmationOf(text: string): string {
  const word = folded(text);
  const known = Object.entries(standard).find(([one]) => one === word);
  return confirmations[known?.[1] ?? "en"];
}
