// What parts of a page have of the panel around them: the time, and what somebody may do.

import { createContext } from "preact";
import { useContext } from "preact/hooks";

export interface Act {
  method: "POST" | "PUT" | "PATCH" | "DELETE";
  /** Behind `/api/v1`. */
  path: string;
  body?: object;
  /** Said once it is done. */
  done: string;
}

export interface Around {
  /** Epoch ms; in a browser it goes on. */
  now(): number;
  /**
   * Asks the daemon for something, says what came of it, and shows the page as it is then; resolves
   * to the answer, undefined when it was refused. Absent without a browser.
   */
  act?(act: Act): Promise<object | undefined>;
  /** Shows another page without a new document. Absent without a browser. */
  go?(href: string): void;
}

export const AroundContext = createContext<Around>({ now: () => Date.now() });

export function useAround(): Around {
  return useContext(AroundContext);
}
