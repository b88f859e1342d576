/** One measured number. With `baseline`, the name of another figure of the same run, its ratio to that is printed. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline?: string;
}

/**
 * A measurement: it never fails for being slow, it says how it compares. `promise` is what its ratios are to show;
 * `say` tells who waits how far it has come.
 */
export interface Bench {
  readonly promise: string;
  run(say: (progress: string) => void): Promise<readonly Figure[]>;
}

/** The value that so many hundredths of the samples do not exceed. */
export function percentile(samples: readonly number[], hundredths: number): number {
  const sorted = samples.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil((sorted.length * hundredths) / 100) - 1)] ?? Number.NaN;
}
