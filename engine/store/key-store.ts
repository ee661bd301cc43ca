// What keys a store keeps for all who work on it, so that what one has signed the others know.

/** Keys of a daemon's own are files of its data directory where the store has none of it. */
export interface KeyStore {
  /** The key of that name, which is `made` from now on for everybody if nobody has stored one yet. */
  readonly sharedKey?: (name: string, made: Uint8Array) => Promise<Uint8Array>;
}

/** The same of data that are moved. */
export interface MovedKeys {
  /** Null when there is none. */
  read(name: string): Promise<Uint8Array | null>;
  /** In the place of one that there is. */
  write(name: string, key: Uint8Array): Promise<void>;
}
