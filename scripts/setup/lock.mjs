// How one of several processes gets to do the set-up while the others wait for it.

import { closeSync, openSync, rmSync, statSync, utimesSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const BEAT_MS = 1_000;
/** A lock that nobody has touched for so long belongs to a process that was killed. */
const ABANDONED_MS = 10_000;

/** Runs `work` while holding the lock file; the holder touches it so that others see it lives. */
export async function withLock(path, work) {
  for (let told = false; !take(path); told = true) {
    if (!told) console.error(`Waiting for another process to finish its set-up (${path})…`);
    await sleep(200);
  }
  const beat = setInterval(() => touch(path), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    rmSync(path, { force: true });
  }
}

function take(path) {
  try {
    closeSync(openSync(path, "wx"));
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  try {
    if (Date.now() - statSync(path).mtimeMs > ABANDONED_MS) rmSync(path, { force: true });
  } catch (error) {
    // Released in between.
    if (error.code !== "ENOENT") throw error;
  }
  return false;
}

function touch(path) {
  const now = new Date();
  utimesSync(path, now, now);
}
