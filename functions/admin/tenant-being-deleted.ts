import { DomainError } from "../../domain/error.ts";

/** A tenant's deletion cannot be stopped, and nothing else happens to it. */
export class TenantBeingDeleted extends DomainError {
  override readonly name = "TenantBeingDeleted";
  constructor() {
    super("invalid_transition", "The tenant is being deleted.");
  }
}
