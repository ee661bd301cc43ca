// How a file or directory is held, so that no rename or link can put another one in its place.

import {
  type BigIntStats,
  close,
  closeSync,
  constants,
  existsSync,
  fstat,
  lstat,
  open,
  readlinkSync,
  realpath,
  stat,
} from "node:fs";
import { promisify } from "node:util";
import { withDescriptor } from "../../core/descriptors.ts";
import { denied } from "./errors.ts";
import { type ByteName, isAscii, nameText, systemPath } from "./names.ts";

/** The promises of node:fs cost twice as much a call as these. */
const openNow = promisify(open);
export const closeFile = promisify(close);
export const statFile = promisify(fstat) as (
  fd: number,
  options: { bigint: true },
) => Promise<BigIntStats>;
/** What the path leads to: the commonest of these, without what promisify costs. */
export function statPath(path: string | Buffer): Promise<BigIntStats> {
  return new Promise((resolve, reject) =>
    stat(path, BIGINT, (error, stats) => error ? reject(error) : resolve(stats))
  );
}
const BIGINT = { bigint: true } as const;
const statLink = promisify(lstat);
const realPath = promisify(realpath.native);

/** Opens a file; waits while the process has no descriptor for it. */
export function openFile(path: string, flags: number, mode?: number): Promise<number> {
  return withDescriptor(() => openNow(path, flags, mode));
}

/** Linux: names a file without opening it, so that nothing blocks and no lock is lost at the end. */
const O_PATH = 0o10000000;

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** Whether descriptors can stand for paths: only then can files be held. */
const HOLDS = process.platform === "linux" && existsSync("/proc/self/fd");

/** A file or directory, held until it is disposed of. */
export interface Pin extends Disposable {
  /** What names this very file in system calls. */
  readonly handle: string;
  /** Where it is: absolute, without links. */
  readonly real: string;
  readonly stats: BigIntStats;
}

export interface PinOptions {
  /** Whether a link at the end is followed; true when absent. */
  follow?: boolean;
  directory?: boolean;
  /** Where it is, when that is known already. */
  real?: string;
}

/**
 * Holds what a path leads to. On Linux by a descriptor, whose name in /proc is what further calls
 * are made with; elsewhere by its real path, and `openPinned` compares device and inode. Throws
 * the operating system's error.
 */
export function pin(path: string | Buffer, options: PinOptions = {}): Promise<Pin> {
  return HOLDS ? holdDescriptor(path, options) : holdRealPath(path, options);
}

async function holdDescriptor(path: string | Buffer, options: PinOptions): Promise<Pin> {
  const fd = await openFile(
    (typeof path === "string" ? systemPath(path) : path) as string,
    O_PATH | (options.follow === false ? O_NOFOLLOW : 0) | (options.directory ? O_DIRECTORY : 0),
  );
  // These two ask the kernel's memory and no disk: not worth a thread.
  const release = () => closeSync(fd);
  try {
    const handle = `/proc/self/fd/${fd}`;
    const stats = await statFile(fd, { bigint: true });
    const real = options.real ?? nameText(readlinkSync(handle, "latin1"));
    if (!real.startsWith("/") || stats.nlink === 0n) {
      throw denied(String(path), "leads to something that has no name");
    }
    return { handle, real, stats, [Symbol.dispose]: release };
  } catch (error) {
    release();
    throw error;
  }
}

async function holdRealPath(path: string | Buffer, options: PinOptions): Promise<Pin> {
  const real = options.follow === false ? String(path) : await realPath(path as string);
  const stats = await statLink(real, { bigint: true });
  if (options.directory && !stats.isDirectory()) {
    throw Object.assign(new Error("not a directory"), { code: "ENOTDIR" });
  }
  return { handle: real, real: options.real ?? real, stats, [Symbol.dispose]: () => {} };
}

/** What names an entry of a held directory in system calls. */
export function entryPath(directory: Pin, name: ByteName): string | Buffer {
  const handle = `${directory.handle === "/" ? "" : directory.handle}/`;
  return isAscii(name)
    ? handle + name
    : Buffer.concat([Buffer.from(handle), Buffer.from(name, "latin1")]);
}

/** The entry itself, links not followed; undefined when there is none. */
export async function statEntry(
  directory: Pin,
  name: ByteName,
): Promise<BigIntStats | undefined> {
  try {
    return await statLink(entryPath(directory, name) as string, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Opens a held file. Whatever was put in its place meanwhile is refused; `refuse` is asked about
 * the file that was opened, and when it throws, the file stays open on purpose: closing any
 * descriptor of a file drops the locks that this process has on it.
 */
export async function openPinned(
  held: Pin,
  { flags, refuse }: { flags: number; refuse: (stats: BigIntStats) => void },
): Promise<number> {
  const fd = await openFile(held.handle, flags | O_NONBLOCK | (HOLDS ? 0 : O_NOFOLLOW));
  const stats = await statFile(fd, { bigint: true });
  refuse(stats);
  if (isSame(stats, held.stats)) return fd;
  await closeFile(fd);
  throw new Error("was replaced while it was being opened");
}

/**
 * Throws when another directory has taken the place of a held one, where only its path is held. To
 * be asked right before an entry of it is made, replaced or removed.
 */
export async function confirmHeld(directory: Pin): Promise<void> {
  if (HOLDS) return;
  if (isSame(await statLink(directory.handle, { bigint: true }), directory.stats)) return;
  throw new Error("its directory was replaced meanwhile");
}

/** Whether two stats are of one file. */
export function isSame(
  a: { dev: bigint; ino: bigint } | undefined,
  b: { dev: bigint; ino: bigint } | undefined,
): boolean {
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}
