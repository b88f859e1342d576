/** `{{name}}`: letters and digits of any script, and `_`; spaces inside the braces do not count. */
const placeholder = /\{\{\s*([\p{L}\p{N}_]{1,64})\s*\}\}/gu;

/** The variables of a text, each once, in the order they first stand in it. What is no `{{name}}` is plain text. */
export function variablesOf(text: string): string[] {
  return [...new Set([...text.matchAll(placeholder)].map(([, name = ""]) => name))];
}

export function missingVariables(text: string, variables: Readonly<Record<string, string>>): string[] {
  return variablesOf(text).filter(name => !Object.hasOwn(variables, name));
}

/** The text with its variables put in, all of which are given. Braces in what is put in are plain text. */
export function rendered(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(placeholder, (whole, name: string) => variables[name] ?? whole);
}
