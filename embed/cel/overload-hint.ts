// What to write where an evaluation has found no operation for values of two types.

const ADDED = /no matching overload for '_\+_' applied to '\((\w+), (\w+)\)'/;
const COMPARED = /no matching overload for '_([<>]=?)_' applied to '\((\w+), (\w+)\)'/;
const OPERATED = /no matching overload for '_([-*/%])_' applied to '\((\w+), (\w+)\)'/;
const NUMBERS = ["int", "uint", "double"];

/** `; …`, or nothing where there is nothing to advise. */
export function overloadHint(message: string): string {
  const added = ADDED.exec(message);
  if (added) {
    const [, left, right] = added;
    if (left === "string" || right === "string") return "; text is made of the other by string(…)";
    return areNumbers(left, right) ? "; numbers of one type are made by double(…) or int(…)" : "";
  }
  const [, , left, right] = COMPARED.exec(message) ?? OPERATED.exec(message) ?? [];
  if (left === undefined) return "";
  if (areNumbers(left, right)) return "; numbers of one type are made by double(…) or int(…)";
  const isOne = (type: string | undefined) => type === "string" || NUMBERS.includes(type ?? "");
  return left !== right && isOne(left) && isOne(right)
    ? "; a number is made of a text by double(…) or int(…)"
    : "";
}

function areNumbers(left: string | undefined, right: string | undefined): boolean {
  return NUMBERS.includes(left ?? "") && NUMBERS.includes(right ?? "");
}
