// Where a browser keeps what somebody has made for themselves: its local storage, if there is one.

import type { Keep } from "../context.ts";

export const keep: Keep = {
  read(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  },
  write(key, text) {
    try {
      if (text === null) localStorage.removeItem(key);
      else localStorage.setItem(key, text);
      return true;
    } catch {
      return false;
    }
  },
};
