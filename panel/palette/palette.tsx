// How the palette looks and is used: one field, and below it what fits what is written, chosen with keys or a click.

import { useEffect, useRef, useState } from "preact/hooks";
import { Said } from "../parts/marks.tsx";
import { PALETTE_DIALOG } from "../parts/shell-tools.tsx";
import { type Entry, matching } from "./entry.ts";
import { useFound } from "./use-found.ts";

/** Entries that one group shows; the rest is told. */
const MOST = 10;
/** Entries that a key for a page moves by. */
const PAGE = 5;
const LABEL = "Find a page, a template, a run, a decision, or something to do";

export function Palette({ fixed }: { fixed: readonly Entry[] }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<string>();
  const [refused, setRefused] = useState<string>();
  const found = useFound(text.trim());
  const { near, far } = matching(fixed, text);
  const groups = groupsOf([...near, ...found.entries, ...far]);
  const shown = groups.flatMap(({ entries }) => entries);
  const at = Math.max(0, shown.findIndex(({ id }) => id === chosen));
  useEffect(() => dialog.current!.showModal(), []);
  const choose = (entry: Entry | undefined) => {
    if (!entry) return;
    // First, so that the focus is back where it was when the entry moves it.
    dialog.current!.close();
    const why = entry.choose();
    if (why === undefined) return;
    dialog.current!.showModal();
    setRefused(why);
  };
  const move = (by: number) => setChosen(shown[(at + by + shown.length) % shown.length]?.id);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "Enter") choose(shown[at]);
    else if (shown.length > 0 && Object.hasOwn(MOVES, event.key)) move(MOVES[event.key]!);
    else return;
    event.preventDefault();
  };
  const onText = (written: string) => {
    setText(written);
    setChosen(undefined);
    setRefused(undefined);
  };
  return (
    <dialog
      ref={dialog}
      id={PALETTE_DIALOG}
      class="palette"
      aria-label="Search"
      onClick={(event) => event.target === dialog.current && dialog.current!.close()}
    >
      <div class="asked">
        <Asked text={text} active={shown.length > 0 ? at : undefined} {...{ onKeyDown, onText }} />
        <button type="button" onClick={() => dialog.current!.close()}>Close</button>
      </div>
      <List groups={groups} at={at} onChoose={choose} onPoint={setChosen} />
      <p class={refused ? "refused" : "note"} role="status">
        {refused ?? saidOf(shown.length, found.isAsking)}
      </p>
      {found.notes.map((note) => <p key={note} class="note">{note}</p>)}
    </dialog>
  );
}

interface AskedProps {
  text: string;
  /** Which entry Enter chooses; undefined: there is none. */
  active: number | undefined;
  onText(text: string): void;
  onKeyDown(event: KeyboardEvent): void;
}

function Asked({ text, active, onText, onKeyDown }: AskedProps) {
  return (
    <input
      type="text"
      role="combobox"
      aria-label={LABEL}
      aria-expanded="true"
      aria-controls="palette-list"
      aria-autocomplete="list"
      aria-activedescendant={active === undefined ? undefined : `palette-${active}`}
      placeholder="Find a page, template, run or decision, or do something"
      autoComplete="off"
      spellcheck={false}
      value={text}
      onKeyDown={onKeyDown}
      onInput={(event) => onText(event.currentTarget.value)}
    />
  );
}

const MOVES: Record<string, number> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: PAGE,
  PageUp: -PAGE,
};

function saidOf(count: number, isAsking: boolean): string {
  if (count === 0) return isAsking ? "Looking…" : "Nothing is like that.";
  return `${count === 1 ? "1 entry" : `${count} entries`}${isAsking ? ", looking for more…" : ""}`;
}

interface Group {
  name: string;
  entries: Entry[];
  /** Of it that are not shown. */
  more: number;
}

function groupsOf(entries: readonly Entry[]): Group[] {
  return [...Map.groupBy(entries, ({ group }) => group)].map(([name, all]) => ({
    name,
    entries: all.slice(0, MOST),
    more: Math.max(0, all.length - MOST),
  }));
}

interface ListProps {
  groups: readonly Group[];
  /** Which entry of all that are shown a press of Enter chooses. */
  at: number;
  onChoose(entry: Entry): void;
  onPoint(id: string): void;
}

function List({ groups, at, onChoose, onPoint }: ListProps) {
  const list = useRef<HTMLDivElement>(null);
  const open = useRef(-1);
  useEffect(() => {
    if (open.current !== at) list.current!.querySelector(`#palette-${at}`)?.scrollIntoView(NEAR);
    open.current = at;
  }, [at]);
  let count = 0;
  return (
    <div ref={list} id="palette-list" class="entries" role="listbox" aria-label="What fits">
      {groups.map(({ name, entries, more }) => (
        <div key={name} role="group" aria-label={name}>
          <h2 aria-hidden="true">{name}</h2>
          {entries.map((entry) => {
            const mine = count++;
            return (
              <div
                key={entry.id}
                id={`palette-${mine}`}
                role="option"
                aria-selected={mine === at}
                onClick={() => onChoose(entry)}
                onMouseMove={() => mine !== at && onPoint(entry.id)}
              >
                <span class="label">
                  <Said text={entry.label} most={120} />
                </span>
                {entry.detail && <span class="detail">{entry.detail}</span>}
              </div>
            );
          })}
          {more > 0 && <p class="note" aria-hidden="true">{more} more: write more of the name</p>}
        </div>
      ))}
    </div>
  );
}

const NEAR = { block: "nearest" } as const;
