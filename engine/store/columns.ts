// How a table is described: its columns by the fields of its row, each with the kind of its values.

/** What the values of a column are. */
export type Kind =
  /** Whole numbers up to 2^53; also times, in epoch ms. */
  | "whole"
  /** Any text; what a store cannot give back unchanged is refused. */
  | "text"
  /** JSON as text, as an encoder has made it: it has nothing that could not be stored. */
  | "json"
  /** The same, written once and of any size: a store may keep equal ones once, in another place. */
  | "content"
  /** Bytes. */
  | "bytes"
  /** One of `names`; its place among them may stand for it. */
  | "name";

/** A column whose values are `Value`s. */
export interface Column<Value = unknown> {
  readonly kind: Kind;
  readonly nullable: boolean;
  /** Of the kind `name`: only ever appended to. */
  readonly names?: readonly string[];
  /** Its name, where that is not the field's in snake case. */
  readonly as?: string;
  /** Only for the compiler, which so finds a column of another kind than the field. */
  readonly value?: (value: Value) => Value;
}

/** The columns of a row by its fields, in the order of the table. */
export type Columns<Row> = { readonly [Field in keyof Row]-?: Column<Row[Field]> };

export interface Table<Row> {
  readonly name: string;
  /** The fields that no two rows have alike. */
  readonly key: readonly (keyof Row & string)[];
  readonly columns: Columns<Row>;
  /** A column beside the row's, that numbers rows in the order in which they came to be. */
  readonly numbered?: string;
}

/** A column with its field and its name. */
export interface Named {
  field: string;
  name: string;
  column: Column;
}

/** The table's columns in their order: all, or those that `of` names in the order of `of`. */
export function columnsOf<Row>(
  table: Table<Row>,
  of: readonly (keyof Row & string)[] = fieldsOf(table.columns),
): Named[] {
  return of.map((field) => {
    const column = table.columns[field] as Column;
    return { field, name: column.as ?? snakeCase(field), column };
  });
}

/** The column by which the table numbers its rows, which it must do. */
export function numberOf({ numbered }: Pick<Table<never>, "numbered">): Named {
  return { field: numbered!, name: numbered!, column: { kind: "whole", nullable: false } };
}

/** The fields of these columns, but for `except`. */
export function fieldsOf<Row>(
  columns: Columns<Row>,
  except: readonly (keyof Row & string)[] = [],
): (keyof Row & string)[] {
  return (Object.keys(columns) as (keyof Row & string)[]).filter((field) =>
    !except.includes(field)
  );
}

function snakeCase(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
