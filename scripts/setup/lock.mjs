// How one of several processes gets to do the set-up while the others wait for it.

import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A lock file that names no process is from before this program, or was cut off: then its age counts. */
const ABANDONED_MS = 10_000;

/** Runs `work` while holding the lock file, which names this process: it may do nothing else for long. */
export async function withLock(path, work) {
  for (let told = false; !take(path); told = true) {
    if (!told) console.error(`Waiting for another process to finish its set-up (${path})…`);
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** The file appears with the process in it, or not at all. */
function take(path) {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  } finally {
    rmSync(own, { force: true });
  }
  try {
    if (isAbandoned(path)) rmSync(path, { force: true });
  } catch (error) {
    // Released in between.
    if (error.code !== "ENOENT") throw error;
  }
  return false;
}

function isAbandoned(path) {
  const pid = Number(readFileSync(path, "utf8"));
  if (!Number.isSafeInteger(pid) || pid <= 0) {
    return Date.now() - statSync(path).mtimeMs > ABANDONED_MS;
  }
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // It is there, and another user's.
    return error.code !== "EPERM";
  }
}
