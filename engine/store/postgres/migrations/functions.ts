// What the first layout's functions do: what is sent on without waiting, and numbers that are taken.

import { GUARD_MISSED, LOCK, LOCKS } from "../names.ts";

/** Of notes of what may cost a process its life: that process is gone, and had not got through. */
const NOT_GOT_THROUGH = `doing IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM nodes WHERE nodes.no = node_no AND nodes.incarnation = suspects.incarnation)`;

/** Never changed once released, as all statements of a migration. */
export const FUNCTIONS = [
  // For what is sent on without waiting for the answer: the transaction fails, and all that follows in it.
  `CREATE FUNCTION must(held boolean, what text, code text DEFAULT '${GUARD_MISSED}') RETURNS void
    LANGUAGE plpgsql AS $$
    BEGIN
      IF held IS NOT TRUE THEN RAISE EXCEPTION USING MESSAGE = what, ERRCODE = code; END IF;
    END $$`,
  `CREATE SEQUENCE event_ids`,
  `CREATE SEQUENCE run_nos`,
  // A transaction gets its own number and those of its events at once, so that both are in one order:
  // the events before the first transaction that is still under way are all that there will ever be
  // before it. To be called before anything else has given the transaction its number.
  `CREATE FUNCTION take_event_ids(wanted bigint) RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE first bigint;
    BEGIN
      PERFORM pg_advisory_lock(${LOCKS}, ${LOCK.eventIds});
      PERFORM pg_current_xact_id();
      first := nextval('event_ids');
      IF wanted > 1 THEN PERFORM setval('event_ids', first + wanted - 1); END IF;
      PERFORM pg_advisory_unlock(${LOCKS}, ${LOCK.eventIds});
      RETURN first - 1;
    END $$`,
  `CREATE FUNCTION take_run_nos(wanted bigint) RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE first bigint;
    BEGIN
      PERFORM pg_advisory_lock(${LOCKS}, ${LOCK.eventIds});
      first := nextval('run_nos');
      IF wanted > 1 THEN PERFORM setval('run_nos', first + wanted - 1); END IF;
      PERFORM pg_advisory_unlock(${LOCKS}, ${LOCK.eventIds});
      RETURN first;
    END $$`,
  // Counts a death for each such note, once: locked first and looked at then, as a tree below. None that has
  // counted it meanwhile, and noted something of its own, is taken for gone.
  `CREATE FUNCTION count_deaths() RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM 1 FROM suspects WHERE ${NOT_GOT_THROUGH} ORDER BY run_no FOR UPDATE;
      IF NOT FOUND THEN RETURN; END IF;
      UPDATE suspects SET deaths = deaths + 1, reason = doing, doing = NULL, node_no = NULL,
        incarnation = NULL WHERE ${NOT_GOT_THROUGH};
    END $$`,
  // Makes a tree the node's unless another that is alive has it. The row is locked first and looked at then,
  // with a statement of its own: one that waited for the row would go on with what it had seen before of nodes.
  // Nobody has a tree of which it is not counted what its last node had died of.
  `CREATE FUNCTION claim_tree(root bigint, node bigint, waiting boolean) RETURNS boolean
    LANGUAGE plpgsql AS $$
    DECLARE holder bigint;
    BEGIN
      IF waiting THEN
        PERFORM 1 FROM runs WHERE run_no = root FOR UPDATE;
      ELSE
        PERFORM 1 FROM runs WHERE run_no = root FOR UPDATE SKIP LOCKED;
      END IF;
      IF NOT FOUND THEN RETURN false; END IF;
      SELECT owner INTO holder FROM runs WHERE run_no = root;
      IF holder = node THEN RETURN true; END IF;
      IF EXISTS (SELECT 1 FROM nodes WHERE no = holder) THEN RETURN false; END IF;
      UPDATE runs SET owner = node WHERE run_no = root;
      PERFORM count_deaths();
      RETURN true;
    END $$`,
];
