// Whether the README tells the truth: its tables are complete, what it names is there.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isObject } from "../../core/json.ts";
import { buildProgram } from "../../cli/program.ts";
import { builtinActions } from "../../actions/builtin.ts";
import { type AppDeps, createApp } from "../../server/app.ts";
import { listTools } from "../../server/mcp/tools/toolset.ts";
import { SETTING_KEYS, SETTING_NAMES } from "../../server/settings/keys.ts";
import { root } from "./sources.ts";

const readme = readFileSync(join(root, "README.md"), "utf8");

/** Nothing in a list, or an object, is nothing in the table. */
const shown = (initial: unknown) =>
  isObject(initial) && Object.keys(initial).length === 0 ? "" : String(initial);

test("every JSON block is JSON", () => {
  for (const text of blocks("json")) JSON.parse(text);
});

test("the tools, actions and settings are all there, with their defaults", () => {
  const tools = rows().filter(([name]) => name!.startsWith("opcode."));
  assert.deepEqual(
    tools.map(([name]) => name).sort(),
    listTools("dots", []).map(({ name }) => name),
  );

  const [, list] = /^Actions: ([^.]+\.[^]*?)\.\n\n/m.exec(readme)!;
  const actions = [...list!.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
  assert.deepEqual(actions.sort(), builtinActions.map(({ name }) => name).sort());

  const settings = rows().filter(([name]) => Object.hasOwn(SETTING_KEYS, name!));
  assert.deepEqual(
    settings.map(([name, initial]) => [name, initial]),
    SETTING_NAMES.map((name) => [name, shown(SETTING_KEYS[name].initial)]),
  );
});

test("what runs again after a restart without a question is there", () => {
  const [, list] = /which\s+repeat none: ([^.]+(?:\.\w[^.]*)*)\. /.exec(readme)!;
  assert.deepEqual(
    [...list!.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    builtinActions.filter(({ effects, repeatable }) => effects === "external" && repeatable)
      .map(({ name }) => name).sort(),
  );
});

test("every folder and every page of docs has its line under where things are", () => {
  const section = readme.slice(readme.indexOf("## Where things are"));
  const listed = [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name!);
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((one) => one.isDirectory() && !one.name.startsWith("."))
    .map(({ name }) => name)
    .filter((name) => !["node_modules", "docs", "dist"].includes(name));
  const pages = readdirSync(join(root, "docs")).map((name) => `docs/${name}`);
  assert.deepEqual(listed.toSorted(), [...folders.map((name) => `${name}/`), ...pages].toSorted());
});

test("every command of the command line is there, with its arguments", () => {
  const commands = buildProgram(() => {}).commands;
  const start = rows().findIndex(([name]) => name === "define FILE");
  const listed = rows().slice(start, start + commands.length).map(([name]) => name!.split(" "));
  const shown = (words: string[]) => `${words[0]}/${words.length - 1}`;
  assert.deepEqual(
    listed.map(shown).sort(),
    commands.map((one) => `${one.name()}/${one.registeredArguments.length}`).sort(),
  );
});

test("every REST route is there", async () => {
  const app = createApp({ security: { authToken: "" } } as AppDeps);
  const missing = app.routes.map(({ path }) => path).filter((path) =>
    path.startsWith("/api/v1/") && !mentions(path.slice("/api/v1".length))
  );
  assert.deepEqual(missing, []);
});

/** `/runs/:id/signal` as `/runs/ID/signal`, or its end as `…/signal` beside its beginning. */
function mentions(route: string): boolean {
  const [, first, ...rest] = route.split("/");
  const name = rest.at(-1);
  return rows().some(([cell]) =>
    cell!.includes(`/${first}`) &&
    (name === undefined || name.startsWith(":") || cell!.includes(`/${name}`))
  );
}

test("the commands it names are scripts of the package", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const named = [...readme.matchAll(/(?:^|`)npm (?:run )?([a-z]+)/gm)].map(([, name]) => name!);
  assert.ok(named.length >= 5);
  assert.deepEqual(named.filter((name) => scripts[name] === undefined), []);
});

function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp("^```" + language + "\n([^]*?)^```$", "gm"))]
    .map(([, text]) => text!);
}

/** The tables' cells without their back quotes. */
function rows(): string[][] {
  return readme.split("\n").filter((line) => line.startsWith("| `")).map((line) =>
    line.split("|").slice(1, -1).map((cell) => cell.trim().replace(/^`(.*)`$/, "$1"))
  );
}
