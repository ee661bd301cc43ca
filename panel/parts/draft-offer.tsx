// How a draft that was left is offered, and how it is said that what is written is not stored yet.

import { useAround } from "../context.ts";
import { When } from "./marks.tsx";
import { KEEPS_NOTHING } from "./kept.ts";
import type { Drafting } from "./use-draft.ts";

export function DraftOffer({ of, onTake }: { of: Drafting; onTake(): void }) {
  const { keep } = useAround();
  const { offered, isUnsaved, isKept, settle } = of;
  if (offered) {
    return (
      <div class="warning draft" role="status">
        <p>
          This browser has an unsaved draft, written{" "}
          <When at={new Date(offered.at).toISOString()} />.
          {isUnsaved && " What you write now is kept once you have continued or discarded it."}
        </p>
        <div class="actions">
          <button type="button" onClick={onTake}>Continue the draft</button>
          <button type="button" onClick={() => settle(false)}>Discard the draft</button>
        </div>
      </div>
    );
  }
  if (!keep || !isUnsaved) return null;
  return (
    <p class="note">
      {isKept
        ? "Not saved yet; a draft is kept in this browser."
        : `Not saved, and no draft is kept: ${KEEPS_NOTHING}.`}
    </p>
  );
}
