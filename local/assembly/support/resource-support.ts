/**
 * Which properties of a resource type the runner acts on, and which it knowingly leaves without effect on one machine.
 * A path such as `Integration.Uri` is one nested property; `Integration` stands for everything below it.
 * Whatever stands in neither list is reported at start.
 */
export interface ResourceSupport {
  readonly honoured: readonly string[];
  readonly withoutEffect: readonly string[];
}

export type SupportTable = Readonly<Record<string, ResourceSupport>>;

/** A type that exists only on AWS and changes nothing a program could see here. */
export const onlyOnAws: ResourceSupport = { honoured: [], withoutEffect: ["*"] };
