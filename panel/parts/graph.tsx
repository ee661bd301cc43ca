// How the picture of a workflow stands in a page: as the daemon has drawn it, to be moved, enlarged and asked.

import { useEffect, useRef, useState } from "preact/hooks";
import { useAround } from "../context.ts";
import type { Get } from "../page.ts";

/** The drawing, or why there is none. */
export type Drawing = { svg: string } | { reason: string };

/** `path`: of the route that draws. */
export async function drawingOf(get: Get, path: string): Promise<Drawing> {
  try {
    return { svg: (await get<{ diagram: string }>(path)).diagram };
  } catch (thrown) {
    return { reason: (thrown as Error).message };
  }
}

export interface GraphProps {
  of: Drawing;
  /** Where more is told of a step, by its full id. */
  hrefOf?(step: string): string;
  /** The step of which more is told. */
  chosen?: string | undefined;
}

export function Graph({ of, ...more }: GraphProps) {
  if ("reason" in of) return <p class="note">No picture: {of.reason}</p>;
  return <Picture svg={of.svg.replace(/^[^]*?(?=<svg)/, "")} {...more} />;
}

/** Of how it was drawn; each look nearer or from further away is so much. */
const STEP = 1.25;
const NEAREST = 4;
const FURTHEST = 0.2;
/** Pixels from which on a press of the button is a move and no click. */
const MOVED = 4;

function Picture({ svg, hrefOf, chosen }: Omit<GraphProps, "of"> & { svg: string }) {
  const { go } = useAround();
  const frame = useRef<HTMLDivElement>(null);
  const [zoom, setZoom] = useState(1);
  const moved = useRef(0);
  const nearer = (by: number) => setZoom((now) => Math.min(NEAREST, Math.max(FURTHEST, now * by)));

  useEffect(() => {
    for (const node of frame.current!.querySelectorAll("[data-step]")) {
      node.classList.toggle("chosen", node.getAttribute("data-step") === chosen);
    }
  }, [svg, chosen]);
  useEffect(() => {
    const picture = frame.current!.querySelector("svg")!;
    picture.style.width = zoom === 1 ? "" : `${picture.width.baseVal.value * zoom}px`;
  }, [svg, zoom]);

  const onPointerMove = ({ buttons, movementX, movementY, pointerType }: PointerEvent) => {
    // A finger scrolls by itself.
    if (pointerType !== "mouse" || (buttons & 1) === 0) return;
    moved.current += Math.abs(movementX) + Math.abs(movementY);
    frame.current!.scrollBy(-movementX, -movementY);
  };
  const onClick = ({ target }: MouseEvent) => {
    if (moved.current > MOVED) return;
    const step = (target as Element).closest("[data-step]")?.getAttribute("data-step");
    if (step && hrefOf) go?.(hrefOf(step));
  };
  return (
    <figure class={hrefOf ? "graph asked" : "graph"}>
      {go && <Zoom zoom={zoom} nearer={nearer} reset={() => setZoom(1)} />}
      {/* Drawn by the daemon, which escapes every text in it. */}
      <div
        ref={frame}
        class="frame"
        role="region"
        aria-label="Picture"
        tabIndex={0}
        onPointerDown={() => moved.current = 0}
        onPointerMove={onPointerMove}
        onClick={onClick}
        onWheel={(event) => {
          if (!event.ctrlKey && !event.metaKey) return;
          event.preventDefault();
          nearer(event.deltaY < 0 ? STEP : 1 / STEP);
        }}
        dangerouslySetInnerHTML={{ __html: svg }}
      />
    </figure>
  );
}

function Zoom({ zoom, nearer, reset }: {
  zoom: number;
  nearer(by: number): void;
  reset(): void;
}) {
  return (
    <div class="zoom">
      <button type="button" aria-label="Smaller" title="Smaller" onClick={() => nearer(1 / STEP)}>
        −
      </button>
      <button type="button" title="As it was drawn" onClick={reset}>
        {Math.round(zoom * 100)} %
      </button>
      <button type="button" aria-label="Larger" title="Larger" onClick={() => nearer(STEP)}>
        +
      </button>
    </div>
  );
}
