// How the palette comes to be over a page, and goes again without a trace.

import { render } from "preact";
import { type Around, AroundContext } from "../context.ts";
import { everywhere } from "./everywhere.tsx";
import { onPage } from "./on-page.ts";
import { Palette } from "./palette.tsx";

export function openPalette(around: Around): void {
  const root = document.createElement("div");
  document.body.append(root);
  const fixed = [...onPage(document), ...everywhere(around)];
  render(
    <AroundContext.Provider value={around}>
      <Palette fixed={fixed} />
    </AroundContext.Provider>,
    root,
  );
  const dialog = root.querySelector("dialog")!;
  // Of one that was opened again at once there is a second event to come.
  dialog.addEventListener("close", () => {
    if (dialog.open) return;
    render(null, root);
    root.remove();
  });
}
