// Which verbs the commands have that take one: read where they are declared, and where they are done.

export const SCHEDULE_VERBS = [
  ...[
    "list",
    "create",
    "update",
    "pause",
    "resume",
    "run",
    "history",
    "delete",
    "backfill",
  ] as const,
];
export const HOOK_VERBS = ["list", "log", "test"] as const;
export const CALLBACK_VERBS = ["list", "send"] as const;
export const DECISION_VERBS = ["link", "unlink"] as const;
export const SECRET_VERBS = ["set", "list", "delete", "rekey", "unlock"] as const;
export const MCP_VERBS = ["add", "remove", "list"] as const;
export const SERVICE_VERBS = ["status", "start", "stop", "restart", "logs", "uninstall"] as const;
export const DATABASE_VERBS = ["status", "migrate"] as const;
