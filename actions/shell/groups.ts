// Which process groups are running, and how they end: none outlives the step or the daemon.

const running = new Set<number>();

let armed = false;

/** Notes a group by its leader's pid: when this process exits before the group ends, it is killed. */
export function enrol(leader: number): void {
  running.add(leader);
  if (armed) return;
  armed = true;
  process.once("exit", () => {
    for (const leader of running) killGroup(leader);
  });
}

/** The group's step is over: what it left running on purpose may live on. */
export function discharge(leader: number): void {
  running.delete(leader);
}

/** SIGKILL to every process of the group: the kernel lets no fork slip through in between. */
export function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // ESRCH: nobody is left.
  }
}
