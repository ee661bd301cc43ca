// What systemd is told of the daemon: the text of its unit.

export interface UnitTerms {
  home: string;
  /** The program and what it is given. */
  command: readonly string[];
  /** Where programs are looked for, by workflows, too. */
  path: string;
  /** Of the whole machine, which runs as root, and not of a user. */
  ofSystem: boolean;
}

/**
 * What a unit of root takes from workflows. Not among them: what isolation needs (namespaces, its own
 * control groups), what a JIT needs (memory that is written and run), and the files of users.
 */
const HARDENED = [
  "NoNewPrivileges=yes",
  "ProtectSystem=full",
  "ProtectKernelTunables=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelLogs=yes",
  "ProtectClock=yes",
  "ProtectHostname=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "LockPersonality=yes",
];

export function unitText({ home, command, path, ofSystem }: UnitTerms): string {
  return [
    "[Unit]",
    "Description=opcode, the execution layer for AI agents",
    ...(ofSystem ? ["After=network.target"] : []),
    // A daemon that does not come up is not tried for ever.
    "StartLimitIntervalSec=60",
    "StartLimitBurst=5",
    "",
    "[Service]",
    "Type=exec",
    `ExecStart=${command.map(argument).join(" ")}`,
    "ExecReload=/bin/kill -HUP $MAINPID",
    `Environment=${variable("OPCODE_HOME", home)} ${variable("PATH", path)}`,
    "WorkingDirectory=~",
    "Restart=on-failure",
    "RestartSec=2",
    // Settings that break a rule do so the next time, too.
    "RestartPreventExitStatus=2",
    // A stop that somebody forced (SIGINT, SIGTERM): no failure, and no reason to start again.
    "SuccessExitStatus=130 143",
    // Steps under way have 8 s; their programs are told by the daemon, not by systemd.
    "KillMode=mixed",
    "TimeoutStopSec=20",
    // For the bounds of isolated programs.
    "Delegate=yes",
    ...(ofSystem ? HARDENED : []),
    "",
    "[Install]",
    `WantedBy=${ofSystem ? "multi-user.target" : "default.target"}`,
    "",
  ].join("\n");
}

/** In quotes, with nothing in it that systemd would put something else for. */
function argument(text: string): string {
  return inQuotes(text.replaceAll("$", "$$$$"));
}

function variable(name: string, value: string): string {
  return inQuotes(`${name}=${value}`);
}

function inQuotes(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `"${escaped.replaceAll("%", "%%")}"`;
}
