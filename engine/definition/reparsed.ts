// Whether a value that a token puts into a larger text is then parsed again, where it may be code.

import type { Json } from "../../core/json.ts";
import { quote, type Report } from "./report.ts";
import type { StepNode } from "./tree.ts";

/** Values that are never more than a number or an id. */
const HARMLESS = /\$\{\{\s*(?:loop\.index|iter\.index|workflow\.run_id)\s*\}\}/g;
const WHOLE = /^\s*\$\{\{(?:(?!\$\{\{).)*\}\}\s*$/s;

/** Programs that read an argument as code, by how they are told to, and how it reads its arguments. */
const INTERPRETERS: readonly { program: RegExp; flag: RegExp; argument: string; zero: boolean }[] =
  [
    { program: /^(?:ba|da|z|k|a)?sh$/, flag: /^-[a-z]*c$/, argument: '"$1"', zero: true },
    { program: /^python[\d.]*$/, flag: /^-c$/, argument: "sys.argv[1]", zero: false },
    {
      program: /^(?:node|deno|bun)$/,
      flag: /^(?:-e|-p|--eval|--print|eval)$/,
      argument: "process.argv[1]",
      zero: false,
    },
    { program: /^(?:perl|ruby)$/, flag: /^-[a-z]*[eE]$/, argument: "ARGV[0]", zero: false },
  ];

/** Params of each action in which JSON stands as text. */
const JSON_TEXTS: Readonly<Record<string, string>> = {
  "http.request": "body",
  "http.post": "body",
  "http.get": "body",
  "shell.exec": "stdin",
};

/** Warns where a quote, or a semicolon, in a value would end what the author wrote around it. */
export function checkReparsed({ step, path }: StepNode, report: Report): void {
  const { action = "", params = {} } = step;
  const name = JSON_TEXTS[action];
  if (name !== undefined && isJsonText(params[name])) {
    const safe = action === "shell.exec"
      ? 'let the value be all of stdin, "${{…}}": an object is written as JSON'
      : 'write the body as an object: {"name": "${{…}}"}';
    report.warn(
      `${path}.params.${name}`,
      `puts a value into JSON text, which a quote in it breaks; ${safe}`,
    );
  }
  if (action !== "shell.exec" || typeof params.command !== "string") return;
  if (params.shell === true) {
    if (holdsValue(params.command)) report.warn(`${path}.params.command`, lineAdvice("/bin/sh"));
    return;
  }
  checkProgram(params.command, params.args, `${path}.params.args`, report);
}

function lineAdvice(program: string): string {
  return `puts a value into what ${program} reads as code; add it to args, each of which is one ` +
    'argument also with shell: true, or read it as "$NAME" from env';
}

function checkProgram(command: string, args: Json | undefined, path: string, report: Report): void {
  const name = command.slice(command.lastIndexOf("/") + 1);
  const known = INTERPRETERS.find(({ program }) => program.test(name));
  if (!known || !Array.isArray(args)) return;
  const at = args.findIndex((arg) => typeof arg === "string" && known.flag.test(arg));
  const code = at < 0 ? undefined : args[at + 1];
  if (typeof code !== "string" || !holdsValue(code)) return;
  const after = known.zero ? `, ${quote(name)}, "\${{…}}"]` : ', "${{…}}"]';
  report.warn(
    `${path}[${at + 1}]`,
    `puts a value into what ${name} reads as code; read it there as ${known.argument} and add it ` +
      `after the code: [${quote(args[at] as string)}, "…"${after}`,
  );
}

/** Whether a token stands in a text whose beginning is that of a JSON object or list. */
function isJsonText(text: Json | undefined): boolean {
  return typeof text === "string" && /^\s*[{[]/.test(text) && holdsValue(text);
}

/** Whether the text holds a token that may become anything, and more beside it. */
function holdsValue(text: string): boolean {
  if (!text.includes("${{")) return false;
  const rest = text.replace(HARMLESS, "");
  return rest.includes("${{") && !WHOLE.test(text);
}
