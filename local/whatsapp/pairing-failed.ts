type Code =
  /** What was scanned is no QR that links a device, or nobody shows it any more. */
  | "malformed_qr"
  | "unknown_qr"
  /** Nobody asks to be linked to this number by a code, or the code is another one. */
  | "no_code_asked"
  | "wrong_code"
  /** The account is one of those that link a device only with a passkey. */
  | "passkey_required"
  /** The phone says so whatever is wrong with the client, and knows no more. */
  | "couldnt_link_device"
  /** The client did not take the phone's answer: it hung up, or refused the identity. */
  | "client_did_not_answer";

/** Why a phone could not link a client. */
export class PairingFailed extends Error {
  override readonly name = "PairingFailed";
  readonly code: Code;

  constructor(code: Code, message: string) {
    super(message);
    this.code = code;
  }
}
