// A jq that cannot reach anything: no environment, no files, bounded memory and output.

import { loadJq } from "jq-wasm/inline";
import { OpcodeError } from "../../core/errors.ts";

export interface Jq {
  raw(
    input: string,
    program: string,
    flags: string[],
  ): { stdout: string; stderr: string; exitCode: number };
}

/** Values that one program may answer. */
export const MOST_OUTPUTS = 100_000;
/** Bytes of JSON text that these may have together. */
const MOST_BYTES = 32 * 1024 * 1024;
const MOST_MEMORY = 256 * 1024 * 1024;

/** What the pinned build of jq calls the functions that it gets from outside. */
const ENVIRONMENT = "j";
const ENVIRONMENT_SIZES = "l";
const RESIZE = "k";
const WRITE = "d";
const MEMORY = "F";

type Imported = Record<string, (...args: number[]) => number>;

let compiled: WebAssembly.Module | undefined;
let outputs = 0;
let bytes = 0;

/** A fresh jq; compiling happens once, an instance takes milliseconds. */
export async function createJq(): Promise<Jq> {
  const jq = compiled ? await again(compiled) : await first();
  return {
    raw(input, program, flags) {
      outputs = 0;
      bytes = 0;
      return jq.raw(input, program, flags);
    },
  };
}

/** The library holds the bytes to itself: the first time, it is watched while it compiles them. */
async function first(): Promise<Jq> {
  const { instantiate } = WebAssembly;
  const watched = async (source: BufferSource, imports: WebAssembly.Imports) => {
    compiled = await WebAssembly.compile(source);
    return { module: compiled, instance: await start(compiled, imports, instantiate) };
  };
  WebAssembly.instantiate = watched as typeof instantiate;
  try {
    return await loadJq();
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}

function again(module: WebAssembly.Module): Promise<Jq> {
  return loadJq({
    instantiateWasm: (imports, onSuccess) => {
      void start(module, imports, WebAssembly.instantiate).then((instance) =>
        onSuccess(instance, module)
      );
    },
  });
}

async function start(
  module: WebAssembly.Module,
  imports: WebAssembly.Imports,
  instantiate: typeof WebAssembly.instantiate,
): Promise<WebAssembly.Instance> {
  const given = imports.a as Imported;
  let instance: WebAssembly.Instance | undefined = undefined;
  const view = () => new DataView((instance!.exports[MEMORY] as WebAssembly.Memory).buffer);
  const bounded: Imported = {
    ...given,
    [ENVIRONMENT]: () => 0,
    [ENVIRONMENT_SIZES](count, size) {
      view().setUint32(count!, 0, true);
      view().setUint32(size!, 0, true);
      return 0;
    },
    [RESIZE](wanted) {
      if (wanted! >>> 0 > MOST_MEMORY) throw exceeded(`${MOST_MEMORY / 2 ** 20} MB of memory`);
      return given[RESIZE]!(wanted!);
    },
    [WRITE](file, vectors, count, written) {
      if (file === 1) countOutput(view(), vectors!, count!);
      return given[WRITE]!(file!, vectors!, count!, written!);
    },
  };
  instance = await instantiate(module, { a: bounded });
  return instance;
}

/** Each output is a line: a line end inside of one is escaped. */
function countOutput(view: DataView, vectors: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const start = view.getUint32(vectors + 8 * i, true);
    const length = view.getUint32(vectors + 8 * i + 4, true);
    bytes += length;
    for (let at = start; at < start + length; at++) if (view.getUint8(at) === 10) outputs++;
  }
  if (bytes > MOST_BYTES) throw exceeded(`${MOST_BYTES / 2 ** 20} MB of output`);
  if (outputs > MOST_OUTPUTS) throw exceeded(`${MOST_OUTPUTS} outputs`);
}

function exceeded(limit: string): OpcodeError {
  return new OpcodeError("EXECUTION_ERROR", `the program exceeds the limit of ${limit}`, {
    details: { retryable: false },
  });
}
