/** The cloud assembly cannot be run as it stands; the message names the stack and the resource. */
export class AssemblyError extends Error {
  readonly code = "assembly_invalid";

  constructor(message: string, options?: { cause: unknown }) {
    super(message, options);
    this.name = "AssemblyError";
  }
}
