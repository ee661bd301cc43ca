// How an expression is made from random numbers and a few rules.

import { OpcodeError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { Random } from "./target.ts";

/** Texts by rule; `<rule>` in a text stands for one of that rule. */
export type Grammar = Readonly<Record<string, readonly string[]>>;

/** A text of the rule: `depth` levels down, texts without rules are preferred, and soon it ends. */
export function sentence(grammar: Grammar, rule: string, random: Random, depth = 6): string {
  if (depth < -3) return "1";
  const texts = grammar[rule]!;
  const flat = texts.filter((text) => !/<\w+>/.test(text));
  const choices = depth <= 0 && flat.length > 0 ? flat : texts;
  const text = choices[Math.floor(random() * choices.length)]!;
  return text.replace(
    /<(\w+)>/g,
    (_, inner: string) => sentence(grammar, inner, random, depth - 1),
  );
}

/** Now and then something is cut out, doubled or replaced: what no grammar makes. */
export function mangled(text: string, random: Random): string {
  if (random() < 0.8) return text;
  const at = Math.floor(random() * text.length);
  const noise = ["", "}}", "\0", "\ud800", "((", "'", '"', "\\", "\n//", "#", "${{", "%"];
  const put = noise[Math.floor(random() * noise.length)]!;
  return text.slice(0, at) + put + text.slice(at + Math.floor(random() * 3));
}

/** What every engine may answer: JSON, or an OpcodeError of its own. */
export async function judge(
  source: string,
  options: { evaluate: () => Json | Promise<Json>; longestMs: number },
): Promise<void> {
  const start = performance.now();
  try {
    const value = await options.evaluate();
    if (JSON.stringify(value) === undefined) throw new Error("the answer is no JSON");
    if (JSON.stringify(value).includes("[native code]")) throw new Error("a prototype was reached");
  } catch (thrown) {
    if (!(thrown instanceof OpcodeError)) {
      throw new Error(`${JSON.stringify(source)}: ${(thrown as Error)?.stack ?? thrown}`);
    }
  }
  const took = performance.now() - start;
  if (took > options.longestMs) throw new Error(`${JSON.stringify(source)} took ${took} ms`);
  if (Object.keys(Object.prototype).length > 0) throw new Error(`${source} changed a prototype`);
}
