// How a configuration in JSON with comments is changed at one place.

import { applyEdits, modify, parse, type ParseError, printParseErrorCode } from "jsonc-parser";
import { isObject, type Json } from "../../core/json.ts";
import { ConfigFault, type Form, nested } from "./form.ts";

const OPTIONS = { allowTrailingComma: true, disallowComments: false };

export const jsonForm: Form = {
  read(text) {
    const faults: ParseError[] = [];
    const value = parse(text, faults, OPTIONS) as Json;
    const [fault] = faults;
    if (fault) {
      const line = text.slice(0, fault.offset).split("\n").length;
      throw new ConfigFault(`is no JSON: ${printParseErrorCode(fault.error)} in line ${line}`);
    }
    if (!isObject(value)) throw new ConfigFault("holds no JSON object");
    return value;
  },

  set(text, path, value) {
    if (text.trim() === "" && value) return JSON.stringify(nested(path, value), null, 2) + "\n";
    return applyEdits(
      text,
      modify(text, [...path], value, { formattingOptions: formatOf(text) }),
    );
  },
};

/** As the first line that is indented. */
function formatOf(text: string) {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? "  ";
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  return { insertSpaces: !indent.startsWith("\t"), tabSize: indent.length, eol };
}
