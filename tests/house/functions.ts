// Where the functions of a source begin and end, as `deno fmt` lays them out.

import type { Source } from "./sources.ts";

export interface Found {
  /** `file:line` of where it begins. */
  at: string;
  /** From the first line of its head to the one with its closing brace. */
  lines: number;
}

/**
 * The functions with a body of their own lines: declared, methods, arrows. Those of one line are not
 * found. By indentation: the brace that closes a body stands under the beginning of its head.
 */
export function functionsOf({ file, text }: Source): Found[] {
  const lines = text.split("\n");
  return lines.flatMap((line, open) => {
    if (!line.endsWith("{") || /^\s*(\/\/|\* |\/\*)/.test(line)) return [];
    const indent = indentOf(line);
    const begin = headOf(lines, open);
    const head = lines.slice(begin, open + 1).map((part) => part.trim()).join(" ");
    if (!isFunction(head)) return [];
    const behind = lines.slice(open + 1)
      .findIndex((each) => indentOf(each) === indent && each.trimStart().startsWith("}"));
    const end = behind < 0 ? lines.length - 1 : open + 1 + behind;
    return [{ at: `${file}:${begin + 1}`, lines: end - begin + 1 }];
  });
}

/** The line on which the head begins whose last line is this one: `): Promise<void> {` ends one. */
function headOf(lines: readonly string[], last: number): number {
  if (!/^\s*(\)|\}.*\))/.test(lines[last]!)) return last;
  const indent = indentOf(lines[last]!);
  let at = last - 1;
  while (at > 0 && (indentOf(lines[at]!) !== indent || /^\s*([)}\]]|$)/.test(lines[at]!))) at--;
  return at;
}

function isFunction(head: string): boolean {
  return /^(export )?(default )?(async )?function\b/.test(head) || head.endsWith("=> {") ||
    (/^((static|private|async|get|set|override) |\*)*(\[[\w.]+\]|[#\w]+)(<[^(]*>)?\(.*\)(: .*)? \{$/
      .test(
        head,
      ) &&
      !/^(if|for|while|switch|catch|with)\b/.test(head));
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
