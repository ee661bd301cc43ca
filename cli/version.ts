// Which version this is.

declare const __OPCODE_VERSION__: string | undefined;

/** What the build embedded; `dev` when run from a checkout. */
export const VERSION: string = typeof __OPCODE_VERSION__ === "string" ? __OPCODE_VERSION__ : "dev";
