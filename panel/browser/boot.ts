// How a page awakes: once what the daemon has drawn of it is seen, since that takes longer than to paint it.

/** A page that is not painted by then is looked at by nobody any more, ms. */
const MOST_UNTIL_PAINT_MS = 500;

function afterPaint(run: () => void): void {
  // Nothing is painted where nobody looks.
  if (document.visibilityState !== "visible") return run();
  const late = setTimeout(run, MOST_UNTIL_PAINT_MS);
  requestAnimationFrame(() => {
    clearTimeout(late);
    setTimeout(run, 0);
  });
}

afterPaint(() => void import("./main.tsx"));
