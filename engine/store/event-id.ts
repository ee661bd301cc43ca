// What the id of an event is to all but the stores: a place in the log, to be kept, compared and read on from.

declare const place: unique symbol;

/**
 * Travels as a whole number, and is none to count with: the next event may have any later id. Ids
 * grow in the order in which readers come to see the events: once a list has answered one, no event
 * with an earlier id appears, whichever writer committed it.
 */
export type EventId = number & { readonly [place]: true };

/** Before all events. */
export const BEGINNING = 0 as EventId;

/** The id that somebody kept, as a number or as its digits; null when it is none. */
export function parseEventId(value: unknown): EventId | null {
  const id = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof id === "number" && Number.isSafeInteger(id) && id >= 0 ? id as EventId : null;
}

/** The later of two. */
export function later(a: EventId, b: EventId): EventId {
  return a > b ? a : b;
}

/** A place after all that are before the event, for whoever is to read on with it. */
export function justBefore(id: EventId): EventId {
  return (id - 1) as EventId;
}
