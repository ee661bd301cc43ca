// How releases name the platforms, and the archive of each.

const SYSTEMS: Record<string, string> = { linux: "Linux", darwin: "Darwin" };
const PROCESSORS: Record<string, string> = { x64: "x86_64", arm64: "arm64" };

/** `opcode_Linux_x86_64.tar.gz` for `linux-x64`; undefined where there is no binary for it. */
export function archiveName(platform: string): string | undefined {
  const [system = "", processor = ""] = platform.split("-");
  const named = [SYSTEMS[system], PROCESSORS[processor]];
  return named.includes(undefined) ? undefined : `opcode_${named.join("_")}.tar.gz`;
}

/** As Node names this machine: `linux-x64`. */
export const OWN_PLATFORM = `${process.platform}-${process.arch}`;
