// How a program for Linux is made smaller by what only debuggers need: symbols, and sections that are never loaded.
//
// What is loaded is not touched, so that the result is the same on every machine, with no tool needed.
// The layout is that of the System V ABI, chapter 4 (ELF-64, little endian).

const SECTION_HEADER = 64;
const SHF_ALLOC = 0x2n;
const SHT_NOBITS = 8;
const SHT_STRTAB = 3;

/** The program without them; throws when it is laid out in a way that this does not know. */
export function stripElf(program: Uint8Array): Uint8Array {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  if (view.getUint32(0) !== 0x7f454c46 || view.getUint16(4) !== 0x0201) {
    throw new Error("no ELF-64 of little endian");
  }
  const all = sectionsOf(view);
  const kept = all.filter(({ index, flags }) => index === 0 || (flags & SHF_ALLOC) !== 0n);
  // Others refer to sections by their number.
  if (kept.some(({ index }, at) => index !== at)) {
    throw new Error("sections are loaded behind others");
  }
  const end = Math.max(
    Number(view.getBigUint64(0x20, true)) + view.getUint16(0x36, true) * view.getUint16(0x38, true),
    ...kept.map(({ type, offset, size }) => type === SHT_NOBITS ? 0 : offset + size),
  );
  const names = namesOf(view, all, kept);
  const headersAt = Math.ceil((end + names.bytes.length) / 8) * 8;
  const stripped = new Uint8Array(headersAt + (kept.length + 1) * SECTION_HEADER);
  stripped.set(program.subarray(0, end));
  stripped.set(names.bytes, end);
  const out = new DataView(stripped.buffer);
  for (const { index, at } of kept) {
    const to = headersAt + index * SECTION_HEADER;
    stripped.set(program.subarray(at, at + SECTION_HEADER), to);
    out.setUint32(to, names.offsets[index]!, true);
  }
  const last = headersAt + kept.length * SECTION_HEADER;
  out.setUint32(last, names.offsets[kept.length]!, true);
  out.setUint32(last + 4, SHT_STRTAB, true);
  out.setBigUint64(last + 0x18, BigInt(end), true);
  out.setBigUint64(last + 0x20, BigInt(names.bytes.length), true);
  out.setBigUint64(last + 0x30, 1n, true);
  out.setBigUint64(0x28, BigInt(headersAt), true);
  out.setUint16(0x3c, kept.length + 1, true);
  out.setUint16(0x3e, kept.length, true);
  return stripped;
}

interface Section {
  index: number;
  /** Where its header is. */
  at: number;
  name: number;
  type: number;
  flags: bigint;
  offset: number;
  size: number;
}

function sectionsOf(view: DataView): Section[] {
  const from = Number(view.getBigUint64(0x28, true));
  return Array.from({ length: view.getUint16(0x3c, true) }, (_, index) => {
    const at = from + index * SECTION_HEADER;
    return {
      index,
      at,
      name: view.getUint32(at, true),
      type: view.getUint32(at + 4, true),
      flags: view.getBigUint64(at + 8, true),
      offset: Number(view.getBigUint64(at + 0x18, true)),
      size: Number(view.getBigUint64(at + 0x20, true)),
    };
  });
}

/** The table of the names of those that are kept, and of itself. */
function namesOf(view: DataView, all: Section[], kept: Section[]) {
  const table = all[view.getUint16(0x3e, true)]!;
  const nameAt = (name: number) => {
    let text = "";
    for (let at = table.offset + name; view.getUint8(at) !== 0; at++) {
      text += String.fromCharCode(view.getUint8(at));
    }
    return text;
  };
  let text = "";
  const offsets = [...kept.map(({ name }) => nameAt(name)), ".shstrtab"].map((name) => {
    const at = text.length;
    text += `${name}\0`;
    return at;
  });
  return { bytes: Buffer.from(text, "latin1"), offsets };
}
