// How a program that the binary carries is run: with what was compiled of it when the binary was made.

import { Script } from "node:vm";
import { embeddedIfAny, embeddedText } from "./embedded.ts";

/** Runs the program of that name, a CommonJS module, and returns what it exports. */
export function runEmbedded(name: string): unknown {
  const cachedData = embeddedIfAny(`${name}.cache`);
  const script = new Script(
    `(function (exports, require, module) { ${embeddedText(`${name}.js`)}\n})`,
    { filename: `opcode/${name}.js`, ...(cachedData && { cachedData }) },
  );
  const module = { exports: {} };
  script.runInThisContext()(module.exports, requireOwn, module);
  return module.exports;
}

/** What is not in the binary is Node's own: a file beside the binary never becomes part of it. */
function requireOwn(id: string): unknown {
  const found = process.getBuiltinModule(id);
  if (found === undefined) throw new Error(`the binary has no module ${JSON.stringify(id)}`);
  return found;
}
