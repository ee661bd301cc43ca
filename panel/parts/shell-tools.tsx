// What somebody finds at the edge of every page: how it looks, and which keys there are.

import { useRef } from "preact/hooks";
import { type Theme, useAround } from "../context.ts";

const THEMES: readonly (readonly [Theme, string])[] = [
  ["system", "Theme: system"],
  ["light", "Theme: light"],
  ["dark", "Theme: dark"],
];

export function ThemeChoice() {
  const { theme, chooseTheme } = useAround();
  return (
    <select
      aria-label="Theme"
      disabled={!chooseTheme}
      onChange={(event) => chooseTheme?.(event.currentTarget.value as Theme)}
    >
      {THEMES.map(([id, name]) => (
        <option key={id} value={id} selected={id === theme}>{name}</option>
      ))}
    </select>
  );
}

/** The way to everything, for those who do not know its key. */
export function Find() {
  const { palette, isApple } = useAround();
  return (
    <button
      type="button"
      class="find"
      disabled={!palette}
      aria-haspopup="dialog"
      aria-keyshortcuts={isApple ? "Meta+K" : "Control+K"}
      onClick={() => palette?.()}
    >
      <span>Search</span>
      <kbd aria-hidden="true">{paletteKey(isApple)}</kbd>
    </button>
  );
}

function paletteKey(isApple = false): string {
  return isApple ? "⌘ K" : "Ctrl K";
}

/** By this id the key that opens the palette finds it again. */
export const PALETTE_DIALOG = "palette";

/** By this id the key `?` finds it. */
export const KEYS_DIALOG = "keys";

const OTHERS = [["?", "These keys"], ["Esc", "Close"]] as const;

/** `places`: of each page its path, its name and its letter. */
export function KeysHelp(
  { places }: { places: readonly (readonly [path: string, name: string, key: string])[] },
) {
  const { act, isApple } = useAround();
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button
        type="button"
        disabled={!act}
        aria-label="Keys"
        aria-keyshortcuts="?"
        onClick={() => dialog.current?.showModal()}
      >
        ?
      </button>
      <dialog ref={dialog} id={KEYS_DIALOG} aria-label="Keys">
        <h2>Keys</h2>
        <dl class="keys">
          <div>
            <dt>
              <kbd>{paletteKey(isApple)}</kbd>
            </dt>
            <dd>Find a page, template, run or decision, or do something</dd>
          </div>
          {places.map(([path, name, key]) => (
            <div key={path}>
              <dt>
                <kbd>g</kbd> <kbd>{key}</kbd>
              </dt>
              <dd>{name}</dd>
            </div>
          ))}
          <div>
            <dt>
              <kbd>1</kbd> … <kbd>9</kbd>
            </dt>
            <dd>
              To an answer of the question that has the focus, else of the first one; Enter gives it
            </dd>
          </div>
          {OTHERS.map(([key, does]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <form method="dialog">
          <button type="submit">Close</button>
        </form>
      </dialog>
    </>
  );
}
