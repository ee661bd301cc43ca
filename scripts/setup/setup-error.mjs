// What stops the set-up and is told to the user without a stack trace.

export class SetupError extends Error {}
