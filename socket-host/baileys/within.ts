/** Waits for something, but only so long, and however it ends: what it came to is told elsewhere. */
export async function within(limitMs: number, something: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, limitMs);
  });
  const ended = something.then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([ended, late]);
  clearTimeout(timer);
}
