// Whether a value that a token puts into a larger text is then parsed again, where it may be code.

import { parseJson } from "../../core/exact-json.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { quote, type Report } from "./report.ts";
import type { StepNode } from "./node.ts";

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

/** Encodings of a body by which a text is sent as it stands; any other is JSON. */
const NOT_JSON: readonly Json[] = ["form", "text", "raw"];

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
  if (name === "body") checkJsonBody(params, `${path}.params.body`, report);
  if (action !== "shell.exec" || typeof params.command !== "string") return;
  if (params.shell === true) {
    if (holdsValue(params.command)) report.warn(`${path}.params.command`, lineAdvice("/bin/sh"));
    return;
  }
  checkProgram(params.command, params.args, `${path}.params.args`, report);
}

/** A text is sent as a JSON string, unless its encoding says that it is text. */
function checkJsonBody({ body, body_encoding = "" }: JsonObject, path: string, report: Report) {
  if (typeof body !== "string" || body.includes("${{") || !/^\s*[{[]/.test(body)) return;
  if (NOT_JSON.includes(body_encoding)) return;
  let value: Json;
  try {
    value = parseJson(body);
  } catch {
    return;
  }
  const kind = Array.isArray(value) ? "list" : "object";
  report.warn(
    path,
    `is sent as a JSON string, in quotes; write the ${kind} itself, without quotes around it, or ` +
      '"body_encoding": "raw" beside it',
  );
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
