// How a page is written without a library: text that stands in a template is text, whatever it holds.

/** Markup that was written here. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | undefined | false | readonly Part[];

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** `markup`…``, which is not called html so that no formatter adds spaces: what is put in is escaped, unless it is markup; undefined and false are nothing. */
export function markup(texts: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(texts.reduce((all, text, i) => all + written(parts[i - 1]) + text));
}

function written(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (Array.isArray(part)) return part.map(written).join("");
  if (part === undefined || part === false) return "";
  return String(part).replaceAll(/[&<>"']/g, (one) => ESCAPES[one]!);
}
