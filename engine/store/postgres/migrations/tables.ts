// What the first layout's tables are: those of the embedded store, and the nodes that write.

import {
  DEADLINE_COLUMN,
  halfRemovedRuns,
  interruptedRuns,
  IS_DELIVERED,
  RARE,
} from "../../sql/indexed.ts";
import { FORKED_FROM, POSTGRES } from "../dialect.ts";

/** Texts are compared byte by byte, as everywhere else, whatever language the database was made for. */
const TEXT = `text COLLATE "C"`;

/** Conditions of indexes, which never change. */
const INTERRUPTED = interruptedRuns(POSTGRES);
const REMOVING = halfRemovedRuns(POSTGRES);

const NODES = [
  // The row of a process that writes. That it is there, and of this epoch, is the condition of each commit.
  `CREATE TABLE nodes (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instance ${TEXT} NOT NULL UNIQUE,
    incarnation ${TEXT} NOT NULL,
    epoch bigint NOT NULL,
    url ${TEXT},
    host ${TEXT} NOT NULL,
    pid bigint NOT NULL,
    version ${TEXT} NOT NULL,
    started_at timestamptz NOT NULL,
    lease_until timestamptz NOT NULL,
    commit_id bigint NOT NULL,
    events_before bigint,
    outcome text
  ) WITH (fillfactor = 20)`,
];

const RUNS = [
  `CREATE TABLE runs (
    run_no bigint PRIMARY KEY,
    id ${TEXT} NOT NULL,
    template_name ${TEXT} NOT NULL,
    template_version bigint NOT NULL,
    agent_id ${TEXT} NOT NULL,
    parent_run_no bigint,
    parent_step_id ${TEXT},
    depth bigint NOT NULL,
    params ${TEXT} NOT NULL,
    idempotency_key ${TEXT},
    forked_from ${TEXT},
    rerun_of ${TEXT},
    created_at bigint NOT NULL,
    status smallint NOT NULL,
    last_seq bigint NOT NULL,
    output_seq bigint,
    error ${TEXT},
    started_at bigint,
    completed_at bigint,
    updated_at bigint NOT NULL,
    active_ms bigint NOT NULL,
    active_since bigint,
    marks ${TEXT},
    -- The first of its tree; that one's owner has all of the tree.
    root_run_no bigint NOT NULL,
    owner bigint
  ) WITH (fillfactor = 70)`,
  `CREATE UNIQUE INDEX runs_by_id ON runs (id)`,
  `CREATE INDEX runs_by_status ON runs (status, run_no)`,
  `CREATE INDEX runs_by_agent ON runs (agent_id, status, run_no)`,
  `CREATE INDEX runs_by_template ON runs (template_name, status, run_no)`,
  `CREATE INDEX runs_by_parent ON runs (parent_run_no, run_no) WHERE parent_run_no IS NOT NULL`,
  `CREATE INDEX runs_by_time ON runs (created_at, run_no)`,
  `CREATE INDEX runs_by_completion ON runs (completed_at, run_no) WHERE completed_at IS NOT NULL`,
  `CREATE UNIQUE INDEX runs_by_key ON runs (agent_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL`,
  `CREATE INDEX runs_by_delivery ON runs (idempotency_key, run_no) WHERE ${IS_DELIVERED}`,
  `CREATE INDEX runs_open ON runs (run_no) WHERE status <= 1`,
  `CREATE INDEX runs_interrupted ON runs (run_no) WHERE ${INTERRUPTED}`,
  `CREATE INDEX runs_interrupted_by_agent ON runs (agent_id, run_no) WHERE ${INTERRUPTED}`,
  `CREATE INDEX runs_removing ON runs (run_no) WHERE ${REMOVING}`,
  `CREATE INDEX runs_by_fork ON runs ((${FORKED_FROM}))
    WHERE forked_from IS NOT NULL`,
];

const OF_RUNS = [
  `CREATE TABLE events (
    id bigint PRIMARY KEY,
    run_no bigint NOT NULL,
    seq bigint NOT NULL,
    type smallint NOT NULL,
    step_id ${TEXT},
    payload ${TEXT},
    agent_id ${TEXT},
    at bigint NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id()
  )`,
  `CREATE UNIQUE INDEX events_by_run ON events (run_no, seq)`,
  `CREATE INDEX events_rare ON events (type, id) WHERE ${RARE}`,
  `CREATE TABLE steps (
    run_no bigint NOT NULL,
    step_id ${TEXT} NOT NULL,
    status smallint NOT NULL,
    attempt bigint NOT NULL,
    retries bigint NOT NULL,
    started_at bigint,
    completed_at bigint,
    duration_ms bigint,
    output_seq bigint,
    error ${TEXT},
    due_at bigint,
    detail ${TEXT},
    PRIMARY KEY (run_no, step_id)
  ) WITH (fillfactor = 80)`,
  `CREATE TABLE contexts (
    run_no bigint PRIMARY KEY,
    agent_id ${TEXT} NOT NULL,
    original_intent ${TEXT},
    data ${TEXT},
    agent_notes ${TEXT},
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
  )`,
  `CREATE TABLE timers (
    run_no bigint NOT NULL,
    key ${TEXT} NOT NULL,
    due_at bigint NOT NULL,
    node_no bigint,
    PRIMARY KEY (run_no, key)
  )`,
  `CREATE INDEX timers_by_due ON timers (due_at, run_no, key)`,
  `CREATE TABLE seals (
    run_no bigint NOT NULL,
    slot ${TEXT} NOT NULL,
    blob bytea NOT NULL,
    PRIMARY KEY (run_no, slot)
  )`,
  `CREATE TABLE suspects (
    run_no bigint PRIMARY KEY,
    deaths bigint NOT NULL,
    doing ${TEXT},
    reason ${TEXT},
    -- Which process has noted what is being done.
    node_no bigint,
    incarnation ${TEXT}
  )`,
];

const DECISIONS = [
  `CREATE TABLE decisions (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id ${TEXT} NOT NULL,
    run_no bigint NOT NULL,
    step_id ${TEXT} NOT NULL,
    agent_id ${TEXT} NOT NULL,
    target_agent_id ${TEXT},
    requested_seq bigint NOT NULL,
    options ${TEXT} NOT NULL,
    timeout_at bigint,
    fallback ${TEXT},
    status smallint NOT NULL,
    resolved_seq bigint,
    resolved_by ${TEXT},
    resolved_at bigint,
    created_at bigint NOT NULL
  )`,
  `CREATE UNIQUE INDEX decisions_by_id ON decisions (id)`,
  `CREATE INDEX decisions_by_status ON decisions (status, no)`,
  `CREATE INDEX decisions_by_run ON decisions (run_no, status, no)`,
  `CREATE INDEX decisions_by_deadline ON decisions (${DEADLINE_COLUMN}, id) WHERE status = 0`,
  `CREATE TABLE revoked_links (
    run_no bigint NOT NULL,
    decision_id ${TEXT} NOT NULL,
    revoked_at bigint NOT NULL,
    PRIMARY KEY (run_no, decision_id)
  )`,
];

/** Of all templates, of those in use and of those put away, which are listed apart. */
const templatesBy = (kind: string, those: string) => [
  `CREATE INDEX templates_${kind}by_name ON templates (name, version DESC) ${those}`,
  `CREATE INDEX templates_${kind}by_agent ON templates (agent_id, name, version DESC) ${those}`,
];

const TEMPLATES = [
  `CREATE TABLE templates (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name ${TEXT} NOT NULL,
    version bigint NOT NULL,
    description ${TEXT},
    definition ${TEXT} NOT NULL,
    input_schema ${TEXT},
    output_schema ${TEXT},
    triggers ${TEXT},
    agent_id ${TEXT} NOT NULL,
    created_at bigint NOT NULL,
    archived_at bigint,
    UNIQUE (name, version)
  )`,
  ...templatesBy("", ""),
  ...templatesBy("in_use_", "WHERE archived_at IS NULL"),
  ...templatesBy("archived_", "WHERE archived_at IS NOT NULL"),
];

const SCHEDULES = [
  `CREATE TABLE schedules (
    id ${TEXT} PRIMARY KEY,
    name ${TEXT} NOT NULL,
    template_name ${TEXT} NOT NULL,
    template_version bigint,
    agent_id ${TEXT} NOT NULL,
    cron ${TEXT} NOT NULL,
    timezone ${TEXT} NOT NULL,
    params ${TEXT} NOT NULL,
    overlap smallint NOT NULL,
    catch_up smallint NOT NULL,
    jitter_ms bigint NOT NULL,
    ends_at bigint,
    max_runs bigint,
    trigger_name ${TEXT},
    status smallint NOT NULL,
    reason ${TEXT},
    next_at bigint,
    runs bigint NOT NULL,
    open_runs ${TEXT} NOT NULL,
    queued_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
  )`,
  `CREATE UNIQUE INDEX schedules_by_name ON schedules (name)`,
  `CREATE INDEX schedules_by_template ON schedules (template_name, name)`,
  `CREATE INDEX schedules_by_agent ON schedules (agent_id, name)`,
  `CREATE INDEX schedules_by_status ON schedules (status, name)`,
  `CREATE TABLE fires (
    schedule_id ${TEXT} NOT NULL,
    due_at bigint NOT NULL,
    cause smallint NOT NULL,
    at bigint NOT NULL,
    run_no bigint,
    outcome smallint NOT NULL,
    detail ${TEXT},
    PRIMARY KEY (schedule_id, due_at)
  )`,
  `CREATE INDEX fires_by_run ON fires (run_no) WHERE run_no IS NOT NULL`,
];

const OUTSIDE = [
  `CREATE TABLE hooks (
    template_name ${TEXT} NOT NULL,
    name ${TEXT} NOT NULL,
    agent_id ${TEXT} NOT NULL,
    verify smallint NOT NULL,
    secret ${TEXT},
    map ${TEXT},
    created_at bigint NOT NULL,
    PRIMARY KEY (template_name, name)
  )`,
  `CREATE TABLE callbacks (
    run_no bigint NOT NULL,
    seq bigint NOT NULL,
    event smallint NOT NULL,
    url ${TEXT} NOT NULL,
    secret ${TEXT} NOT NULL,
    agent_id ${TEXT} NOT NULL,
    head ${TEXT} NOT NULL,
    attempts bigint NOT NULL,
    first_tried_at bigint,
    last_tried_at bigint,
    last_error ${TEXT},
    due_at bigint NOT NULL,
    given_up_at bigint,
    PRIMARY KEY (run_no, seq)
  )`,
  `CREATE INDEX callbacks_waiting ON callbacks (run_no, seq) WHERE given_up_at IS NULL`,
  `CREATE INDEX callbacks_given_up ON callbacks (run_no, seq) WHERE given_up_at IS NOT NULL`,
  `CREATE TABLE notices (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id ${TEXT} NOT NULL UNIQUE,
    agent_id ${TEXT} NOT NULL,
    run_id ${TEXT} NOT NULL,
    kind smallint NOT NULL,
    body ${TEXT} NOT NULL,
    dropped bigint NOT NULL,
    at bigint NOT NULL
  )`,
  `CREATE INDEX notices_by_agent ON notices (agent_id, no)`,
  `CREATE INDEX notices_by_run ON notices (run_id, no)`,
  `CREATE INDEX notices_by_time ON notices (at)`,
];

const AGENTS = [
  `CREATE TABLE agents (
    id ${TEXT} PRIMARY KEY,
    name ${TEXT} NOT NULL,
    type ${TEXT} NOT NULL,
    created_at bigint NOT NULL,
    last_seen_at bigint
  ) WITH (fillfactor = 50)`,
  `CREATE INDEX agents_by_seen ON agents (coalesce(last_seen_at, -1) DESC, id)`,
  // Each node counts in rows of its own, so that no commit waits for that of another.
  `CREATE TABLE tally_slots (
    agent_id ${TEXT} NOT NULL,
    what smallint NOT NULL,
    node_no bigint NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (agent_id, what, node_no)
  ) WITH (fillfactor = 50)`,
  `CREATE VIEW tallies AS SELECT agent_id, what, CAST(sum(count) AS bigint) AS count
    FROM tally_slots GROUP BY agent_id, what`,
  `CREATE TABLE bucket_slots (
    span smallint NOT NULL,
    at bigint NOT NULL,
    what smallint NOT NULL,
    node_no bigint NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (span, at, what, node_no)
  ) WITH (fillfactor = 50)`,
  `CREATE VIEW buckets AS SELECT span, at, what, CAST(sum(count) AS bigint) AS count
    FROM bucket_slots GROUP BY span, at, what`,
];

const VAULT = [
  `CREATE TABLE secrets (
    key ${TEXT} PRIMARY KEY,
    value bytea NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
  )`,
  `CREATE TABLE vault_meta (
    no bigint PRIMARY KEY CHECK (no = 1),
    kdf ${TEXT} NOT NULL,
    iterations bigint NOT NULL,
    salt bytea NOT NULL,
    canary bytea NOT NULL,
    created_at bigint NOT NULL,
    keyed_at bigint NOT NULL
  )`,
  // Tells whoever has read the two that there is something new: each change of them is one of its row, too.
  `CREATE TABLE vault_revision (
    no bigint PRIMARY KEY CHECK (no = 1),
    revision bigint NOT NULL
  )`,
];

const KEYS = [
  // What nodes sign with, each the same.
  `CREATE TABLE shared_keys (
    name ${TEXT} PRIMARY KEY,
    key bytea NOT NULL
  )`,
];

const INBOX = [
  // What is to be done with runs that another node has.
  `CREATE TABLE inbox (
    id ${TEXT} PRIMARY KEY,
    run_no bigint NOT NULL,
    request text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    answered_at timestamptz,
    answer text
  )`,
  `CREATE INDEX inbox_waiting ON inbox (asked_at) WHERE answer IS NULL`,
  `CREATE INDEX inbox_answered ON inbox (answered_at) WHERE answer IS NOT NULL`,
];

/** Never changed once released, as all statements of a migration. */
export const TABLES: readonly string[] = [
  ...NODES,
  ...RUNS,
  ...OF_RUNS,
  ...DECISIONS,
  ...TEMPLATES,
  ...SCHEDULES,
  ...OUTSIDE,
  ...AGENTS,
  ...VAULT,
  ...KEYS,
  ...INBOX,
];
