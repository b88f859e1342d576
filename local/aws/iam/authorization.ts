/** Values of condition keys of one request, by lower-case key; an absent key is one the request does not have. */
export type ConditionContext = ReadonlyMap<string, readonly string[]>;

/** One permission that a call needs: the call is allowed only when all of its authorizations are. */
export interface Authorization {
  /** `service:Action`, spelt as AWS's service authorization reference spells it. */
  readonly action: string;
  /** An ARN, or `*` for actions without resource-level permissions. */
  readonly resource: string;
  readonly context?: ConditionContext;
}

export interface Partition {
  readonly region: string;
  readonly accountId: string;
}
