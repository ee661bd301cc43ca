// What parts of a page have of the panel around them: the time, and what somebody may do.

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Fault } from "./page.ts";

export interface Act {
  method: "POST" | "PUT" | "PATCH" | "DELETE";
  /** Behind `/api/v1`. */
  path: string;
  /** JSON, or its text, which goes as it is. */
  body?: object | string;
  /** Said once it is done. */
  done: string;
  /** Hears why it was refused, in place of the notice that says so. */
  refused?(fault: Fault): void;
}

/** How somebody wants the panel to look: as the machine has it, or always so. */
export type Theme = "system" | "light" | "dark";

export interface Issue {
  /** Offsets in the text. */
  from: number;
  to: number;
  severity: "error" | "warning";
  message: string;
}

export interface EditorOptions {
  parent: HTMLElement;
  text: string;
  /** What it is, for those who hear the page. */
  label: string;
  onText(text: string): void;
  /** The JSON Schema of the whole text. */
  schema(): Promise<object>;
  actions(): Promise<{ name: string; description: string }[]>;
  /** The JSON Schema of an action's params; undefined when there is no such action. */
  paramsOf(action: string): Promise<object | undefined>;
}

export interface Editor {
  mark(issues: readonly Issue[]): void;
  goTo(at: number): void;
  close(): void;
}

/** Where this browser keeps texts under names. */
export interface Keep {
  read(key: string): string | null;
  /** Null removes it. Returns whether it could be kept. */
  write(key: string, text: string | null): boolean;
}

export interface Around {
  /** Epoch ms; in a browser it goes on. */
  now(): number;
  /**
   * Asks the daemon for something, says what came of it, and shows the page as it is then; resolves
   * to the answer, undefined when it was refused. Absent without a browser.
   */
  act?(act: Act): Promise<object | undefined>;
  /** Asks the daemon, and leaves what comes of it to whoever asks; throws a `Fault`. Absent without a browser. */
  ask?<Reply>(method: "GET" | Act["method"], path: string, body?: Act["body"]): Promise<Reply>;
  /** Shows another page without a new document. Absent without a browser. */
  go?(href: string): void;
  /** Runs it `ms` later, unless the answer is called before. Absent without a browser. */
  later?(ms: number, run: () => void): () => void;
  /** Opens the palette, by which everything is found, or closes it. Absent without a browser. */
  palette?(): void;
  /** Whether the keyboard is one of Apple's. */
  isApple?: boolean;
  /** Absent without a browser. */
  keep?: Keep;
  /** Leaving the page asks while that answers yes, until what it returns is called. Absent without a browser. */
  guard?(isUnsaved: () => boolean): () => void;
  /** Ends the signing in of this browser. Absent without one. */
  signOut?(): void;
  /** Loads the editor of definitions. Absent without a browser. */
  editor?(): Promise<{ createEditor(options: EditorOptions): Editor }>;
  /** Where the browser stands, an IANA name. Absent without one. */
  zone?: string;
  theme: Theme;
  /** Keeps it for this browser. Absent without one. */
  chooseTheme?(theme: Theme): void;
}

export const AroundContext = createContext<Around>({ now: () => Date.now(), theme: "system" });

export function useAround(): Around {
  return useContext(AroundContext);
}
