// Why the system refused a call on a file, for a text that names the file already.

/** `ENOENT: no such file or directory`, without the call and the path that Node adds to it. */
export function systemReason(error: unknown): string {
  const { message, syscall, path } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return message;
  const added = path === undefined ? `, ${syscall}` : `, ${syscall} '${path}'`;
  const at = message.indexOf(added);
  return at < 0 ? message : message.slice(0, at);
}
