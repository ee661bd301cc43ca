// The page of secrets: their names, who uses them, and a way to set and delete them; a value is never shown.

import { useState } from "preact/hooks";
import { useAround } from "../context.ts";
import { hrefTo } from "../find.ts";
import type { Fault, Page } from "../page.ts";
import { Confirm } from "../parts/confirm.tsx";
import { faultAtField, Field, NeedsScript } from "../parts/form.tsx";
import { Said, When } from "../parts/marks.tsx";
import { templateHref } from "../parts/runs.tsx";
import { type Column, Table } from "../parts/table.tsx";
import type { ListOf, SecretRow, TemplateRow, VaultState } from "../replies.ts";
import { secretUsers } from "../secret-use.ts";

interface Data {
  vault: VaultState;
  secrets: (SecretRow & { users: string[] })[];
  /** Names that templates use and that nobody has set. */
  missing: { name: string; users: string[] }[];
  /** There are more templates than were looked through. */
  isPart: boolean;
}

/** Templates that are looked through for who uses what. */
const MOST_TEMPLATES = 200;

export const secrets: Page<Data> = {
  path: "/secrets",
  asks: [],
  title: () => "Secrets",
  async load(get) {
    const latest = hrefTo("/templates", {}, { latest: "true", limit: String(MOST_TEMPLATES) });
    const [{ vault, secrets }, { templates, next_cursor }] = await Promise.all([
      get<{ vault: VaultState; secrets: SecretRow[] }>("/secrets"),
      get<ListOf<"templates", TemplateRow>>(latest),
    ]);
    const users = secretUsers(templates);
    const known = new Set(secrets.map(({ name }) => name));
    return {
      vault,
      secrets: secrets.map((row) => ({ ...row, users: users.get(row.name) ?? [] })),
      missing: [...users].filter(([name]) => !known.has(name))
        .map(([name, mine]) => ({ name, users: mine })),
      isPart: next_cursor !== undefined,
    };
  },
  isReread: true,
  View({ data: { vault, secrets, missing, isPart } }) {
    return (
      <>
        <p class="note">
          A workflow uses a secret as{" "}
          <code>{"${{secrets.NAME}}"}</code>. Values are never shown again once they are set; to
          check one, run a workflow that uses it.
        </p>
        {vault === "unlocked" ? <SetSecret /> : <Unlock vault={vault} />}
        <Table
          label="Secrets"
          columns={COLUMNS}
          rows={secrets}
          keyOf={({ name }) => name}
          empty={<p>No secret is set.</p>}
        />
        {missing.length > 0 && <Missing of={missing} />}
        {isPart && (
          <p class="note">
            “Used by” covers the first {MOST_TEMPLATES} templates; there are more.
          </p>
        )}
      </>
    );
  },
};

const COLUMNS: Column<Data["secrets"][number]>[] = [
  {
    head: "Name",
    cell: ({ name }) => (
      <code>
        <Said text={name} />
      </code>
    ),
  },
  { head: "Used by", cell: ({ users }) => <Users of={users} /> },
  { head: "Created", cell: ({ created_at }) => <When at={created_at} />, wide: true },
  { head: "Last set", cell: ({ updated_at }) => <When at={updated_at} />, end: true },
  { head: "", cell: (secret) => <Delete secret={secret} />, end: true },
];

function Users({ of }: { of: readonly string[] }) {
  if (of.length === 0) return <span class="none">no template</span>;
  return (
    <span class="listed">
      {of.map((name) => (
        <a key={name} href={templateHref(name)}>
          <Said text={name} most={40} />
        </a>
      ))}
    </span>
  );
}

function Missing({ of }: { of: Data["missing"] }) {
  return (
    <section aria-label="Secrets that are missing">
      <h2>Missing: used by templates, but not set</h2>
      <ul class="plain">
        {of.map(({ name, users }) => (
          <li key={name}>
            <code>
              <Said text={name} />
            </code>{" "}
            <Users of={users} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function SetSecret() {
  const { act } = useAround();
  const [fault, setFault] = useState<Fault>();
  const refused = fault && faultAtField(fault);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const { name, value } = Object.fromEntries(new FormData(form)) as Record<string, string>;
    setFault(undefined);
    const path = `/secrets/${encodeURIComponent(name!)}`;
    const done = `${name} is set`;
    const reply = await act!({ method: "PUT", path, body: { value }, done, refused: setFault });
    // What was typed stays nowhere.
    if (reply) form.reset();
  };
  return (
    <form class="row" onSubmit={submit} autoComplete="off" aria-label="Set a secret">
      <Field
        form="secret"
        name="name"
        label="Name"
        isRequired
        fault={refused?.path === "name" ? refused.rule : undefined}
        control={(given) => <input {...given} class="mono" spellcheck={false} maxLength={128} />}
      />
      <Field
        form="secret"
        name="value"
        label="Value"
        isRequired
        fault={refused && refused.path !== "name" ? refused.rule : undefined}
        control={(given) => <input {...given} type="password" autoComplete="new-password" />}
      />
      <button type="submit" class="main" disabled={!act}>Set</button>
      <NeedsScript what="Setting a secret" />
    </form>
  );
}

function Unlock({ vault }: { vault: VaultState }) {
  const { act } = useAround();
  const [fault, setFault] = useState<Fault>();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const key = new FormData(form).get("key") as string;
    setFault(undefined);
    const path = "/vault/unlock";
    await act!({ method: "POST", path, body: { key }, done: "Unlocked", refused: setFault });
    form.reset();
  };
  return (
    <form class="row" onSubmit={submit} autoComplete="off" aria-label="Unlock the vault">
      <Field
        form="vault"
        name="key"
        label={vault === "new" ? "New vault key" : "Vault key"}
        hint={vault === "new"
          ? "The vault has no key yet: this one becomes its key. Keep it safe – secrets cannot be " +
            "read without it."
          : "The vault is locked: steps that use a secret fail until it is unlocked. Names can be " +
            "seen and deleted."}
        isRequired
        fault={fault && faultAtField(fault).rule}
        control={(given) => <input {...given} type="password" autoComplete="off" />}
      />
      <button type="submit" class="main" disabled={!act}>
        {vault === "new" ? "Set the key" : "Unlock"}
      </button>
      <NeedsScript what="Unlocking the vault" />
    </form>
  );
}

function Delete({ secret: { name, users } }: { secret: Data["secrets"][number] }) {
  const { act } = useAround();
  return (
    <span class="actions">
      <Confirm
        label="Delete"
        name={`Delete: ${name}`}
        title="Delete this secret?"
        does="Delete the secret"
        onConfirm={() =>
          void act!({
            method: "DELETE",
            path: `/secrets/${encodeURIComponent(name)}`,
            done: `${name} is deleted`,
          })}
      >
        <p>
          <code>
            <Said text={name} />
          </code>{" "}
          is deleted for good.
          {users.length > 0 &&
            ` Steps that use it fail from then on: those of ${
              users.length === 1 ? "1 template" : `${users.length} templates`
            }.`}
        </p>
      </Confirm>
    </span>
  );
}
