// What tests of fs.* stand on: a fresh directory, a context with lists of paths, a tree as text.

import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Host } from "../../actions/action.ts";
import { createPathPolicy, type PathLists } from "../../actions/paths/rules.ts";
import type { Json } from "../../core/json.ts";
import { actionContext, execute, type TestContext } from "./action-context.ts";

export interface FsPlace {
  /** Real and absolute. */
  dir: string;
  /** The path of a name in it. */
  at(name: string): string;
  /** Makes a file and its parents; returns its path. */
  file(name: string, content?: string): string;
  /** Makes a directory and its parents; returns its path. */
  folder(name: string): string;
  /** Runs an action; relative paths start here. */
  run(name: string, params: Json, context?: TestContext): Promise<any>;
  /** A context whose host allows only these paths, which are names in it. */
  limited(lists: Partial<PathLists>, host?: Partial<Host>): Promise<TestContext>;
  /** What is in it: content of files, `-> target` of links, `null` of directories. */
  tree(name?: string): Record<string, string | null>;
}

/** A fresh directory, removed after the test. */
export function fsPlace(
  t: { after(run: () => unknown): void },
  { under = tmpdir() }: { under?: string } = {},
): FsPlace {
  const dir = realpathSync(mkdtempSync(join(under, "opcode-place-")));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const at = (name: string) => join(dir, name);
  const folder = (name: string) => {
    mkdirSync(at(name), { recursive: true });
    return at(name);
  };
  return {
    dir,
    at,
    folder,
    file(name, content = name) {
      mkdirSync(dirname(at(name)), { recursive: true });
      writeFileSync(at(name), content);
      return at(name);
    },
    run: (name, params, context = actionContext({ host: { cwd: dir } })) =>
      execute(name, params, context),
    async limited({ deny = [], readOnly = [], writable = [] }, host = {}) {
      const lists = {
        deny: deny.map(at),
        readOnly: readOnly.map(at),
        writable: writable.map(at),
      };
      const pathPolicy = await createPathPolicy(lists);
      return actionContext({ host: { cwd: dir, pathPolicy, ...host } });
    },
    tree: (name = ".") => Object.fromEntries(entries(at(name), "")),
  };
}

function entries(directory: string, prefix: string): [string, string | null][] {
  return readdirSync(directory).sort().flatMap((name): [string, string | null][] => {
    const path = join(directory, name);
    const stats = lstatSync(path);
    if (stats.isSymbolicLink()) return [[prefix + name, `-> ${readlinkSync(path)}`]];
    if (!stats.isDirectory()) return [[prefix + name, readFileSync(path, "utf8")]];
    return [[prefix + name, null], ...entries(path, `${prefix}${name}/`)];
  });
}
