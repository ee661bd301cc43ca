// How filters of a list are kept under names, and come to again: a tab each, whose address is the filter.

import { useRef, useState } from "preact/hooks";
import { useAround } from "../context.ts";
import { queryOf, readViews, type View, withView } from "../views.ts";
import { Confirm } from "./confirm.tsx";
import { Field } from "./form.tsx";
import { KEEPS_NOTHING, useKept } from "./kept.ts";
import { Said } from "./marks.tsx";

export interface SavedViewsProps {
  /** Of the list's page. */
  path: string;
  /** What it is narrowed by at the moment. */
  filter: Readonly<Record<string, string>>;
  /** The daemon does not take that filter: no view is made of it. */
  isRefused?: boolean;
}

export function SavedViews({ path, filter, isRefused = false }: SavedViewsProps) {
  const [text, write] = useKept(`opcode.views.${path.slice(1)}`);
  const views = readViews(text);
  const query = queryOf(filter);
  const open = views.find((view) => view.query === query);
  const isOffered = query !== "" && (open !== undefined || !isRefused);
  if (views.length === 0 && !isOffered) return null;
  const keep = (all: readonly View[]) => write(all.length === 0 ? null : JSON.stringify(all));
  const rename = (name: string): string | undefined => {
    const made = withView(views, { name, query });
    if ("why" in made) return made.why;
    return keep(made.views) ? undefined : KEEPS_NOTHING;
  };
  const tabs = [{ name: "All", query: "" }, ...views.filter((view) => view.query !== "")];
  return (
    <div class="views">
      <nav class="tabs" aria-label="Saved views">
        {tabs.map((view) => (
          <a
            key={view.query}
            href={view.query === "" ? path : `${path}?${view.query}`}
            aria-current={view.query === query ? "page" : undefined}
          >
            <Said text={view.name} most={40} />
          </a>
        ))}
      </nav>
      {isOffered && (
        <div class="actions">
          {open
            ? (
              <>
                <Name key={open.name} label="Rename view" first={open.name} onName={rename} />
                <Confirm
                  label="Delete view"
                  title="Delete this view?"
                  does="Delete the view"
                  onConfirm={() => void keep(views.filter((view) => view !== open))}
                >
                  <p>
                    The name <Said text={open.name} most={40} />{" "}
                    goes; what the list shows stays, and so do links to it.
                  </p>
                </Confirm>
              </>
            )
            : <Name label="Save view" first="" onName={rename} />}
        </div>
      )}
    </div>
  );
}

interface NameProps {
  label: string;
  first: string;
  /** Answers why the name cannot be. */
  onName(name: string): string | undefined;
}

function Name({ label, first, onName }: NameProps) {
  const { keep } = useAround();
  const dialog = useRef<HTMLDialogElement>(null);
  const [name, setName] = useState(first);
  const [fault, setFault] = useState<string>();
  const begin = () => {
    setName(first);
    setFault(undefined);
    dialog.current!.showModal();
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const why = onName(name);
    setFault(why);
    if (why === undefined) dialog.current?.close();
  };
  return (
    <>
      <button type="button" disabled={!keep} onClick={begin}>{label}</button>
      <dialog ref={dialog} aria-label={label}>
        <h2>{label}</h2>
        <form class="form" onSubmit={submit} noValidate>
          <Field
            form="view"
            name="name"
            label="Name"
            hint="Kept in this browser alone; its link is the address of the list."
            isRequired
            fault={fault}
            control={(given) => (
              <input
                {...given}
                autoComplete="off"
                value={name}
                onInput={(event) => setName(event.currentTarget.value)}
              />
            )}
          />
          <div class="options">
            <button type="submit" class="main">Save</button>
            <button type="button" onClick={() => dialog.current?.close()}>Back</button>
          </div>
        </form>
      </dialog>
    </>
  );
}
