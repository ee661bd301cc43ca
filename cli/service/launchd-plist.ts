// What launchd is told of the daemon: the text of its property list.

export interface AgentTerms {
  label: string;
  home: string;
  command: readonly string[];
  path: string;
  /** Where the daemon is started: the user's home. */
  directory: string;
  log: string;
}

export function plistText({ label, home, command, path, directory, log }: AgentTerms): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    "<dict>",
    ...member("Label", text(label)),
    ...member("ProgramArguments", `<array>${command.map(text).join("")}</array>`),
    ...member(
      "EnvironmentVariables",
      `<dict>${pair("OPCODE_HOME", home)}${pair("PATH", path)}</dict>`,
    ),
    ...member("WorkingDirectory", text(directory)),
    ...member("StandardOutPath", text(log)),
    ...member("StandardErrorPath", text(log)),
    ...member("RunAtLoad", "<true/>"),
    // One that was told to end stays ended.
    ...member("KeepAlive", "<dict><key>SuccessfulExit</key><false/></dict>"),
    ...member("ThrottleInterval", "<integer>10</integer>"),
    ...member("ExitTimeOut", "<integer>20</integer>"),
    "</dict>",
    "</plist>",
    "",
  ].join("\n");
}

function member(name: string, value: string): string[] {
  return [`  <key>${name}</key>`, `  ${value}`];
}

function pair(name: string, value: string): string {
  return `<key>${name}</key>${text(value)}`;
}

function text(value: string): string {
  const escaped = value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<string>${escaped}</string>`;
}
