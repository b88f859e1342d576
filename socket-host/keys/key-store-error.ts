/** Another owner has written a key of this session, or may: nothing may be written, sent or tried again under this ownership. */
export class OwnershipLost extends Error {
  override readonly name = "OwnershipLost";
  readonly code = "ownership_lost";
}

/** A key could not be read or written. It may or may not exist, so nothing that depends on it may go on. */
export class KeyStoreFailed extends Error {
  override readonly name = "KeyStoreFailed";
  readonly code = "key_store_failed";
}

/** The keys were closed: their owner has let go of the session. */
export class KeysClosed extends Error {
  override readonly name = "KeysClosed";
  readonly code = "keys_closed";
}
