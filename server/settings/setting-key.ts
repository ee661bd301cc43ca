// What is known of a setting beside its name: its value when nobody sets it, and what it accepts.

export interface SettingKey<T> {
  initial: T;
  /** What the value must be, as the end of the sentence "… must be". */
  rule: string;
  /** The value as a setting, or undefined when it breaks the rule; flags and variables are text. */
  read(value: unknown): T | undefined;
  /** Where it is one of a few words: these. */
  words?: readonly string[];
  /** What a number counts that is hard to read in that. */
  unit?: "bytes";
  /** Of a list: what stands between its items in a flag or a variable. */
  separator?: string;
}
