// What is mounted where, as the kernel tells it: one reader of /proc/PID/mountinfo.

export interface Mount {
  at: string;
  /** What of its file system is seen there. */
  root: string;
  /** As `mount -o` takes them: `rw`, `nosuid`, … */
  options: string[];
  type: string;
  /** Of the file system: controllers are among those of a cgroup. */
  superOptions: string[];
}

/** In the order in which they were made; of several at one place the last hides the others (proc(5)). */
export function readMounts(mountinfo: string): Mount[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [mount, fileSystem = ""] = line.split(" - ");
    const [, , , root, at, options] = mount!.split(" ");
    const [type = "", , superOptions = ""] = fileSystem.split(" ");
    if (root === undefined || at === undefined || options === undefined) return [];
    return [{
      at: plain(at),
      root: plain(root),
      options: options.split(","),
      type,
      superOptions: superOptions.split(","),
    }];
  });
}

/** Spaces, tabs, ends of lines and backslashes are told in octal. */
function plain(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)));
}
