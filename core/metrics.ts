// What a process tells of itself in numbers, and how that is written for Prometheus (text 0.0.4).

/** A moment's value; null where there is none now. */
export type Reading = number | null;

/** Of a family: its name, what it means, and what its label may be. */
interface About {
  /** As Prometheus wants it: the unit behind it, `_total` of what only grows. */
  name: string;
  help: string;
}

interface Labelled extends About {
  label: string;
  /** All that the label may be: nothing else ever gets a series of its own. */
  values: readonly string[];
}

interface Family extends About {
  type: "counter" | "gauge" | "histogram";
  lines(): string[] | Promise<string[]>;
}

/** In place of a value of a label that is not known. */
export const OTHER = "other";

/** How many values were in which range; to observe one allocates nothing. */
export class Histogram {
  readonly bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  /** `bounds`: the upper ends of ranges, ascending; what is above them all is counted too. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > bounds[at]!) at++;
    this.#counts[at]!++;
    this.#sum += value;
  }

  /** The lines of its series; `labels`: `name="value"`, or nothing. */
  lines(name: string, labels: string): string[] {
    const lines: string[] = [];
    let count = 0;
    const more = labels === "" ? "" : `${labels},`;
    for (const [i, bound] of [...this.bounds, Infinity].entries()) {
      count += this.#counts[i]!;
      lines.push(`${name}_bucket{${more}le="${numberText(bound)}"} ${count}`);
    }
    const own = labels === "" ? "" : `{${labels}}`;
    return [...lines, `${name}_sum${own} ${numberText(this.#sum)}`, `${name}_count${own} ${count}`];
  }
}

/** Something that is counted up, one series a value of a label. */
export class Counters {
  readonly #counts: Map<string, number>;

  constructor(values: readonly string[]) {
    this.#counts = new Map([...values, OTHER].map((value) => [value, 0]));
  }

  add(value: string): void {
    const known = this.#counts.has(value) ? value : OTHER;
    this.#counts.set(known, this.#counts.get(known)! + 1);
  }

  get entries(): [string, number][] {
    return [...this.#counts];
  }
}

/** All families of a process, each of a name of its own. */
export class Metrics {
  readonly #families = new Map<string, Family>();

  histogram(about: About, bounds: readonly number[]): Histogram {
    const histogram = new Histogram(bounds);
    this.#add({ ...about, type: "histogram", lines: () => histogram.lines(about.name, "") });
    return histogram;
  }

  /** The answer finds the one of a value; of one that is not known, the one of `other`. */
  histograms(about: Labelled, bounds: readonly number[]): (value: string) => Histogram {
    const { name, label } = about;
    const all = new Map([...about.values, OTHER].map((value) => [value, new Histogram(bounds)]));
    this.#add({
      ...about,
      type: "histogram",
      lines: () => [...all].flatMap(([value, one]) => one.lines(name, labelText(label, value))),
    });
    return (value) => all.get(value) ?? all.get(OTHER)!;
  }

  counters(about: Labelled): Counters {
    const counters = new Counters(about.values);
    const lines = () =>
      counters.entries.map(([value, count]) => sample(about.name, count, about.label, value));
    this.#add({ ...about, type: "counter", lines });
    return counters;
  }

  /** What is read when somebody asks; `type` counter: of what only grows. */
  reading(
    about: About & { type?: "gauge" | "counter" },
    read: () => Reading | Promise<Reading>,
  ): void {
    this.#add({
      ...about,
      type: about.type ?? "gauge",
      lines: async () => {
        const value = await read();
        return value === null ? [] : [sample(about.name, value)];
      },
    });
  }

  /** The same by the value of a label, for each of those that it may be. */
  readings<Value extends string>(
    about: Omit<Labelled, "values"> & { values: readonly Value[] },
    read: () => Promise<Readonly<Record<Value, number>>>,
  ): void {
    const { name, label, values } = about;
    const lines = async () => {
      const found = await read();
      return values.map((value) => sample(name, found[value], label, value));
    };
    this.#add({ ...about, type: "gauge", lines });
  }

  #add(family: Family): void {
    if (this.#families.has(family.name)) throw new Error(`${family.name} is there already`);
    this.#families.set(family.name, family);
  }

  /** All of it, as Prometheus reads it. What cannot be read now is left out, with a comment. */
  async text(): Promise<string> {
    const families = await Promise.all([...this.#families.values()].map(textOf));
    return families.join("");
  }
}

/** What a scrape of it is answered with. */
export const TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

async function textOf(family: Family): Promise<string> {
  const { name, help, type } = family;
  const head = `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n`;
  try {
    const lines = await family.lines();
    return lines.length === 0 ? "" : `${head}${lines.join("\n")}\n`;
  } catch (thrown) {
    return `# ${name} cannot be read: ${escaped(String((thrown as Error).message))}\n`;
  }
}

function sample(name: string, value: number, label?: string, of = ""): string {
  const labels = label === undefined ? "" : `{${labelText(label, of)}}`;
  return `${name}${labels} ${numberText(value)}`;
}

function labelText(label: string, value: string): string {
  return `${label}="${escaped(value).replaceAll('"', '\\"')}"`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
