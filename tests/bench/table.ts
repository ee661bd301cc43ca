// How measurements are printed: a row each, with median, spread and the bar it is held against.

export interface Row {
  work: string;
  /** Repeated measurements, in `unit`. */
  samples: number[];
  unit: string;
  /** The bar in `unit`, and on which side of it good is. */
  bar?: { value: number; good: "below" | "above"; text: string };
}

export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

export function printRow(row: Row): void {
  const median = percentile(row.samples, 0.5);
  const spread = `${short(percentile(row.samples, 0.1))}–${short(percentile(row.samples, 0.9))}`;
  const { bar } = row;
  const met = bar && (bar.good === "below" ? median <= bar.value : median >= bar.value);
  const verdict = bar
    ? `${met ? "meets" : "MISSES"} ${bar.text} (${(median / bar.value).toFixed(2)} of it)`
    : "";
  console.log(
    `| ${row.work} | ${
      short(median)
    } ${row.unit} | ${spread} | n=${row.samples.length} | ${verdict} |`,
  );
}

export function printHead(title: string): void {
  console.log(
    `\n### ${title}\n\n| work | median | p10–p90 | samples | bar |\n|---|---|---|---|---|`,
  );
}

/** Three digits, or a whole number. */
export function short(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}
