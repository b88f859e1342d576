/** Something driven by a queue failed, and where: the queue's message is tried again. */
class StageFailed extends Error {
  override readonly name = "StageFailed";
  readonly code: string;

  constructor(stage: string, cause: unknown) {
    super(`the ${stage} stage failed`, { cause });
    this.code = `${stage}_failed`;
  }
}

/** Runs one named stage of the work on a queue's message. */
export async function stage<T>(name: "prepare" | "attempt" | "record", work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new StageFailed(name, error);
  }
}
