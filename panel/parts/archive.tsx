// How a template is put away that nobody is to start any more, and taken back.

import { useAround } from "../context.ts";
import type { TemplateRow } from "../replies.ts";
import { Confirm } from "./confirm.tsx";
import { Said } from "./marks.tsx";

export function Archive({ of: { name, archived_at } }: { of: TemplateRow }) {
  const { act } = useAround();
  const path = `/templates/${encodeURIComponent(name)}`;
  const send = (verb: "archive" | "unarchive", done: string) =>
    void act!({ method: "POST", path: `${path}/${verb}`, body: {}, done });
  if (archived_at !== undefined) {
    const takeBack = () => send("unarchive", `${name} is back`);
    return <button type="button" disabled={!act} onClick={takeBack}>Take back</button>;
  }
  return (
    <Confirm
      label="Archive"
      title="Archive this template?"
      does="Archive the template"
      onConfirm={() => send("archive", `${name} is archived`)}
    >
      <p>
        No run of <Said text={name} most={60} />{" "}
        begins any more: its schedules and hooks rest. Runs that go on do so, and it can be taken
        back.
      </p>
    </Confirm>
  );
}
