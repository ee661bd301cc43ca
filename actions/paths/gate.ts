// Which files an action may touch: the one gate that every path of an action goes through.

import type { BigIntStats } from "node:fs";
import type { Access, Barred, Host } from "../action.ts";
import { denied } from "./errors.ts";
import { type ByteName, nameText } from "./names.ts";
import { entryPath, isSame, openPinned, type Pin, pin } from "./pin.ts";
import { goesThroughOwnEntries, isOnProc, isSecretOfProcess } from "./process-files.ts";

const OWN_FILE = "is one of opcode's own files";

/** Why a place may not be touched; undefined when it may. */
type Refusal = (path: string, access: Access) => Barred | undefined;

/** A name in a held directory, and what is there now. */
export interface Entry {
  /** What errors call it. */
  path: string;
  parent: Pin;
  name: ByteName;
  /** Where it is: absolute, links in its parents resolved, itself not. */
  real: string;
  stats: BigIntStats | undefined;
}

/** The gate of one execution of an action: opened anew each time, so that it knows today's links. */
export class Gate {
  readonly #host: Host;
  readonly #refusal: Refusal;
  /** By device: an action rarely meets more than one. */
  readonly #onProc = new Map<bigint, boolean>();

  private constructor(host: Host, refusal: Refusal = () => undefined) {
    this.#host = host;
    this.#refusal = refusal;
  }

  static async open(host: Host): Promise<Gate> {
    return new Gate(host, await host.pathPolicy?.());
  }

  /** Throws PATH_DENIED unless what is held, and where it is, may be touched. */
  checkHeld(held: Pin, { path, access }: { path: string; access: Access }): void {
    this.refuseProtected(held.stats, path);
    this.#refuseOnProc(held.stats.dev, { path, real: held.real, ask: held.handle });
    this.checkPath(held.real, { path, access });
  }

  /**
   * Throws PATH_DENIED unless this name may be read or listed; made, written or merged into; or,
   * with `removes`, replaced or removed.
   */
  checkEntry(entry: Entry, { access, removes = false }: { access: Access; removes?: boolean }) {
    const { path, parent, name, real, stats } = entry;
    if (stats) this.refuseProtected(stats, path);
    const { dev, ino } = parent.stats;
    const names = this.#host.protectedNames;
    if (names?.has({ dev, ino, name: nameText(name) })) throw denied(path, OWN_FILE);
    const replaced = access === "write" && (removes || !stats?.isDirectory());
    if (replaced && names?.leadsThrough(real)) throw denied(path, "leads to opcode's own files");
    this.#refuseOnProc(dev, { path, real, ask: parent.handle });
    this.checkPath(real, { path, access });
  }

  /** Throws PATH_DENIED unless the settings allow this place, links resolved. */
  checkPath(real: string, { path, access }: { path: string; access: Access }): void {
    const barred = this.#refusal(real, access);
    if (barred !== undefined) throw denied(path, barred.reason, barred.setting);
  }

  /** Throws PATH_DENIED when the file is one of the daemon's own, whatever its name. */
  refuseProtected(stats: { dev: bigint; ino: bigint }, path: string): void {
    if (this.#host.isProtected(stats)) throw denied(path, OWN_FILE);
  }

  /** Opens what is held. Refuses what was put in its place meanwhile. */
  openHeld(held: Pin, { path, flags }: { path: string; flags: number }): Promise<number> {
    const refuse = (stats: BigIntStats) => this.refuseProtected(stats, path);
    return openPinned(held, { flags, refuse });
  }

  #refuseOnProc(dev: bigint, { path, real, ask }: { path: string; real: string; ask: string }) {
    let onProc = this.#onProc.get(dev);
    if (onProc === undefined) this.#onProc.set(dev, onProc = isOnProc({ dev, path: ask }));
    if (onProc && isSecretOfProcess(real)) throw denied(path, "shows a process's secrets");
  }
}

/**
 * Throws PATH_DENIED for a path that goes through the daemon's own entries in /proc, whatever they
 * lead to.
 */
export function refuseOwnEntries(path: string): void {
  if (goesThroughOwnEntries(path)) throw denied(path, "goes through opcode's own process");
}

/** Holds what an entry is, links not followed; throws when another one took its place. */
export async function holdEntry(entry: Entry, { directory = false } = {}): Promise<Pin> {
  const held = await pin(entryPath(entry.parent, entry.name), {
    follow: false,
    directory,
    real: entry.real,
  });
  if (isSame(held.stats, entry.stats)) return held;
  held[Symbol.dispose]();
  throw new Error("was replaced while it was being looked at");
}
