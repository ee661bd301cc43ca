// How somebody gets a link of a question, to send to whoever is to answer it elsewhere.

import { useState } from "preact/hooks";
import { useAround } from "../context.ts";
import { Fault } from "../page.ts";
import type { LinkReply } from "../replies.ts";
import { Confirm } from "./confirm.tsx";
import { Said, When } from "./marks.tsx";

/** What came of it: the link, and whether the browser has copied it, or why there is none. */
type Outcome = { link: LinkReply; isCopied: boolean } | { refused: string };

export function useDecisionLink(id: string, stepId: string) {
  const { ask, act } = useAround();
  const [outcome, setOutcome] = useState<Outcome>();
  const path = `/decisions/${encodeURIComponent(id)}/link`;
  const make = async () => {
    try {
      const link = await ask!<LinkReply>("POST", path, {});
      setOutcome({ link, isCopied: await copied(link.url) });
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      setOutcome({ refused: thrown.message });
    }
  };
  const takeBack = async () => {
    const done = "No link of it that was made up to now answers any more";
    if (await act!({ method: "DELETE", path, done })) setOutcome(undefined);
  };
  const label = `Copy link to the question of ${stepId}`;
  return {
    buttons: (
      <>
        <button type="button" disabled={!ask} aria-label={label} onClick={make}>Copy link</button>
        <Confirm
          label="Take links back"
          name={`Take links back: ${stepId}`}
          title="Take back all links to this question?"
          does="Take them back"
          onConfirm={() => void takeBack()}
        >
          <p>
            No link to it that was made up to now answers any more, whoever has it. The question
            stays open, and another link can be made.
          </p>
        </Confirm>
      </>
    ),
    outcome: <div role="status">{outcome && <Told of={outcome} />}</div>,
  };
}

/** Beyond this machine a browser lends its clipboard to https alone. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function Told({ of }: { of: Outcome }) {
  if ("refused" in of) return <p class="refused">{of.refused}</p>;
  const { link: { url, agent_id, expires_at }, isCopied } = of;
  return (
    <div class="link">
      <p>
        {isCopied ? "Copied. " : "Select and copy it. "}
        Whoever has it can answer, once, as the agent <Said text={agent_id} />; it expires{" "}
        <When at={expires_at} />.
      </p>
      <input
        readOnly
        aria-label="The link"
        value={url}
        onFocus={(event) => event.currentTarget.select()}
      />
    </div>
  );
}
