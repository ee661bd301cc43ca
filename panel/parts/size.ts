// How sizes are written.

const UNITS: readonly (readonly [string, number])[] = [
  ["TiB", 2 ** 40],
  ["GiB", 2 ** 30],
  ["MiB", 2 ** 20],
  ["KiB", 1_024],
];

/** `1.5 MiB`, `12 KiB`, `640 bytes`, `1 byte`: one digit behind the point below ten. */
export function size(bytes: number): string {
  const unit = UNITS.find(([, of]) => bytes >= of);
  if (!unit) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  const [name, of] = unit;
  const count = bytes / of;
  return `${count < 10 ? Number(count.toFixed(1)) : Math.round(count)} ${name}`;
}
