// Whether a command line asks for nothing but the version.

/** Known before anything is loaded: scripts and self-updates ask this often. */
export function asksVersion(argv: readonly string[]): boolean {
  return /^--?version$/.test(argv[0] ?? "") || (argv.length === 1 && argv[0] === "version");
}
