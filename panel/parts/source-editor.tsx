// How a text is edited: in a plain field at first, in the editor with its help once that is loaded.

import { useEffect, useRef, useState } from "preact/hooks";
import { type Editor, type EditorOptions, type Issue, useAround } from "../context.ts";
import { lineOf } from "../json-place.ts";

export interface SourceEditorProps {
  label: string;
  text: string;
  issues: readonly Issue[];
  onText(text: string): void;
  help: Pick<EditorOptions, "schema" | "actions" | "paramsOf">;
}

export function SourceEditor({ label, text, issues, onText, help }: SourceEditorProps) {
  const { editor: load } = useAround();
  const place = useRef<HTMLDivElement>(null);
  const plain = useRef<HTMLTextAreaElement>(null);
  const [editor, setEditor] = useState<Editor>();
  const latest = useRef({ text, onText });
  latest.current = { text, onText };
  useEffect(() => {
    if (!load) return;
    let opened: Editor | undefined;
    let isWanted = true;
    // Where it cannot be loaded the plain field stays.
    load().then(({ createEditor }) => {
      if (!isWanted || !place.current) return;
      opened = createEditor({
        ...help,
        label,
        parent: place.current,
        text: latest.current.text,
        onText: (now) => latest.current.onText(now),
      });
      setEditor(opened);
    }, () => {});
    return () => {
      isWanted = false;
      opened?.close();
    };
  }, [load !== undefined]);
  useEffect(() => editor?.mark(issues), [editor, issues]);
  const goTo = (at: number) => {
    if (editor) return editor.goTo(at);
    plain.current?.focus();
    plain.current?.setSelectionRange(at, at);
  };
  return (
    <div class="source-editor">
      <div ref={place} class="editor" hidden={!editor} />
      {!editor && (
        <textarea
          ref={plain}
          aria-label={label}
          spellcheck={false}
          rows={28}
          value={text}
          readOnly={!load}
          onInput={(event) => onText(event.currentTarget.value)}
        />
      )}
      <Issues of={issues} text={text} goTo={goTo} />
    </div>
  );
}

function Issues(
  { of, text, goTo }: { of: readonly Issue[]; text: string; goTo(at: number): void },
) {
  if (of.length === 0) return null;
  return (
    <ul class="issues" aria-label="Faults and warnings">
      {of.map((issue) => (
        <li key={`${issue.from} ${issue.message}`} class={issue.severity}>
          <button type="button" onClick={() => goTo(issue.from)}>
            line {lineOf(text, issue.from)}
          </button>
          <span>
            <b>{issue.severity}</b> <bdi>{issue.message}</bdi>
          </span>
        </li>
      ))}
    </ul>
  );
}
