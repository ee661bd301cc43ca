// Whose the runs are where several processes are at work on one store: a tree of runs is one process's at a time.
//
// A tree is a run that nobody has started but a caller, with all that it has started, and they. A process
// has it from its creation on, or since it has claimed it, until it lets go, or is not alive any more.

import type { EventId } from "./event-id.ts";
import type { OpenRun, Suspect } from "./suspect-store.ts";

/** What a process learns that wants to go on with a run. */
export interface Claim {
  is: "ours" | "elsewhere" | "nowhere";
  /** Of a tree that has become ours by it: all its runs that processes died of. */
  suspects: Suspect[];
}

export interface Adopted {
  /** The runs of those trees that have something to do; those that wait come when they are claimed. */
  runs: OpenRun[];
  /** All runs of those trees that processes died of, the last one, too. */
  suspects: Suspect[];
  /** Whether there may be more by now. */
  more: boolean;
  /** Whether a process has gone since the last call. */
  gone: boolean;
}

/** What somebody is to do with a run that another process has. */
export interface Message {
  /** Of the one who asks: the same again is the same message. */
  id: string;
  runId: string;
  /** JSON text. */
  request: string;
}

/** Stored with what the message has changed, or with nothing. */
export interface MessageAnswer {
  id: string;
  /** JSON text. */
  text: string;
}

/** What there may be to see by now that another process has stored. */
export interface Hint {
  /** Messages were left. */
  messages: boolean;
  /** Ids of messages that were answered; null: it may have been any. */
  answers: readonly string[] | null;
  /** Something was committed. */
  events: boolean;
}

export interface OwnershipStore {
  /** How long a process counts as alive that is not heard of, ms. */
  readonly leaseMs: number;
  /**
   * Null while this process surely has what is its, and will have for a moment; else resolves once it has
   * again, which may be never: others may have taken over, and nothing is to be done in its name.
   */
  sure(): Promise<void> | null;
  /**
   * Makes the tree of this run this process's, unless another one that is alive has it. Changes of a run
   * that is not ours are fenced.
   */
  claim(id: string): Promise<Claim>;
  /**
   * Claims trees in which runs are pending or active and that nobody has who is alive, at first also those
   * that are ours from before. To be called again and again: it costs little while nobody has gone.
   */
  adopt(limit: number): Promise<Adopted>;
  /** The last event that the log of all runs shows: nothing appears before it any more. */
  loggedUpTo(): Promise<EventId>;
  /** Lets the tree of this run go: whoever comes next has it. */
  release(id: string): Promise<void>;

  /** Leaves a message for whoever has the run, or comes to have it; once for an id. */
  ask(message: Message): Promise<void>;
  /** Messages for runs that are ours, or nobody's, and that nobody has answered: the oldest first. */
  asked(limit: number): Promise<Message[]>;
  /** Answers a message that has changed nothing; what changes a run is answered with its hand-over. */
  answer(answer: MessageAnswer): Promise<void>;
  /** What the message was answered with; null while it was not. */
  answerTo(id: string): Promise<string | null>;

  /**
   * Tells what is worth a look, most often within moments of another's commit. A hint may come late, for
   * nothing, or never: who needs to know looks again and again all the same. Returns how to hear no more.
   */
  onHint?(listener: (hint: Hint) => void): () => void;
}
