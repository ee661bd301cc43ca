// What SVG and PNG of a picture hold, how large they become, and how long a layout may take.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inflateSync } from "node:zlib";
import { STEP_STATUSES } from "../../../core/status.ts";
import { draw } from "../../../embed/diagram/answer.ts";
import { DRAWN } from "../../../embed/diagram/palette.ts";
import { scaleOf } from "../../../embed/diagram/png.ts";
import { Drawer } from "../../../embed/drawer.ts";
import { THREAD } from "../../../embed/worker.ts";
import { action, HOSTILE, picture, SHOP, SHOP_RUN } from "./pictures.ts";

const EVERY_STATUS = picture(
  { steps: STEP_STATUSES.map((status) => action(status)) },
  { steps: Object.fromEntries(STEP_STATUSES.map((status) => [status, { status }])) },
);

/** Fails on what is no well-formed XML: tags that do not match, bare ampersands. */
function assertWellFormed(svg: string): void {
  const open: string[] = [];
  const rest = svg.replace(
    /<(\/?)([a-z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g,
    (_, end, name, __, self) => {
      if (end) assert.equal(open.pop(), name);
      else if (!self) open.push(name);
      return "";
    },
  );
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest, /[<>]/);
  assert.doesNotMatch(svg, /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/i);
}

/** Of a colour of three or six digits, by WCAG 2. */
function luminance(colour: string): number {
  const digits = colour.length === 4
    ? [...colour.slice(1)].map((one) => one + one).join("")
    : colour.slice(1);
  const [red, green, blue] = [0, 2, 4].map((at) => {
    const share = Number.parseInt(digits.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

describe("SVG", () => {
  test("is well-formed and holds the text of hostile names as text", async () => {
    for (const id of HOSTILE) {
      const svg = await draw("svg", picture({ metadata: { name: id }, steps: [action(id)] }));
      assert.match(svg, /^<svg /);
      assertWellFormed(svg);
      assert.doesNotMatch(svg, /<script|<b>/);
    }
    const svg = await draw("svg", picture({ steps: [action("\\N &lt; \\n")] }));
    assert.match(svg, />\\N &amp;lt; \\n</);
  });

  test("marks each step with its status and each arrow with its way", async () => {
    const svg = (await draw("svg", picture(SHOP, SHOP_RUN))).replaceAll("&#45;", "-");
    assert.match(svg, /id="n1" data-step="[^"]+" class="node completed"/);
    assert.match(svg, /class="node skipped"/);
    assert.match(svg, /class="edge taken"/);
    assert.match(svg, /class="edge passed"/);
    for (
      const label of [
        "in_stock",
        "check-stock: out_of_stock",
        "completed, 450ms",
        "completed, 890ms retry ×2",
      ]
    ) {
      assert.ok(new RegExp(`>(?: |&#160;)*${label}(?: |&#160;)*<`).test(svg), label);
    }
  });

  test("has the colours of the one palette", async () => {
    const svg = await draw("svg", EVERY_STATUS);
    for (const { fill } of Object.values(DRAWN)) assert.ok(svg.includes(`fill="${fill}"`), fill);
  });

  test("says each state in words, which can be read on their ground", async () => {
    const svg = await draw("svg", EVERY_STATUS);
    for (const status of STEP_STATUSES) assert.match(svg, new RegExp(`>${status}<`));
    for (const [status, { fill, text }] of Object.entries(DRAWN)) {
      const [low, high] = [luminance(fill), luminance(text)].toSorted((a, b) => a - b);
      assert.ok((high! + 0.05) / (low! + 0.05) >= 4.5, `${status}: ${text} on ${fill}`);
    }
  });

  test("tells what the run never came to from what it passed by", async () => {
    const steps = [
      action("first"),
      {
        ...{ id: "way", type: "condition", depends_on: ["first"] },
        config: { expression: "'a'", branches: { a: [action("taken")], b: [action("other")] } },
      },
      action("fails", { depends_on: ["way"] }),
      action("never", { depends_on: ["fails"] }),
    ];
    const standing = {
      run: "failed",
      steps: {
        first: { status: "completed" },
        way: { status: "completed" },
        "way.a.taken": { status: "completed" },
        fails: { status: "failed" },
      },
    } as const;
    const svg = (await draw("svg", picture({ steps }, standing))).replaceAll("&#45;", "-");
    const wordOf = (step: string) =>
      new RegExp(`data-step="${step}"[^]*?</g>`).exec(svg)![0].match(/>([a-z ]+)<\/text>/g)!.at(-1);
    assert.equal(wordOf("way.b.other"), ">skipped</text>");
    assert.equal(wordOf("never"), ">not reached</text>");
  });

  test("is the same for the same picture", async () => {
    assert.equal(await draw("svg", picture(SHOP)), await draw("svg", picture(SHOP)));
  });

  test("has boxes as wide as wide characters", async () => {
    const widest = async (id: string) => {
      const svg = await draw("svg", picture({ steps: [action(id)] }));
      return Number(/<svg width="(\d+)pt"/.exec(svg)![1]);
    };
    assert.ok(await widest("日".repeat(40)) > await widest("a".repeat(60)));
  });

  test("stands what follows a step below all that the step holds, in one font throughout", async () => {
    const nested = { id: "inner", type: "loop", config: { over: [1], body: [action("leaf")] } };
    const outer = { id: "outer", type: "loop", config: { over: [1], body: [nested] } };
    const svg = await draw(
      "svg",
      picture({ steps: [outer, action("next", { depends_on: ["outer"] })] }),
    );
    const down = (text: string) =>
      Number(new RegExp(` y="(-?[\\d.]+)"[^>]*>${text}<`).exec(svg)![1]);
    assert.ok(down("next") > down("leaf \\(http.request\\)") + 20);
    assert.deepEqual(
      [...new Set([...svg.matchAll(/font-family="([^"]*)"/g)].map(([, font]) => font))].length,
      1,
    );
  });

  test("lets the arrows of all to all meet in a point", async () => {
    const some = (row: string, more: object) => [1, 2, 3].map((i) => action(`${row}${i}`, more));
    const all = picture({
      steps: [...some("a", {}), ...some("b", { depends_on: ["a1", "a2", "a3"] })],
    });
    const svg = await draw("svg", all);
    // Start to three, three to the point and from there to three, and three to the end.
    assert.equal(svg.match(/class="edge open"/g)!.length, 12);
  });
});

/** Width, height and the colours of a PNG of 8 bits a channel. */
function read(base64: string) {
  const png = Buffer.from(base64, "base64");
  assert.equal(png.subarray(0, 8).toString("latin1"), "\x89PNG\r\n\x1a\n");
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const channels = png[25] === 6 ? 4 : 3;
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length;) {
    const size = png.readUInt32BE(at);
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") {
      parts.push(png.subarray(at + 8, at + 8 + size));
    }
    at += size + 12;
  }
  const raw = inflateSync(Buffer.concat(parts));
  const colours = new Set<string>();
  const line = width * channels;
  let above = new Uint8Array(line);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (line + 1)]!;
    const now = raw.subarray(y * (line + 1) + 1, (y + 1) * (line + 1));
    for (let i = 0; i < line; i++) {
      const [a, b, c] = [
        i < channels ? 0 : now[i - channels]!,
        above[i]!,
        i < channels ? 0 : above[i - channels]!,
      ];
      const p = a + b - c;
      const near = [a, b, c].reduce((best, x) => Math.abs(p - x) < Math.abs(p - best) ? x : best);
      now[i] = now[i]! + [0, a, b, (a + b) >> 1, near][filter]!;
    }
    for (let i = 0; i < line; i += channels) colours.add(now.toString("hex", i, i + 3));
    above = now;
  }
  return { width, height, colours };
}

describe("PNG", () => {
  test("has a signature, the size of the SVG, and a colour for each status", async () => {
    const { width, height, colours } = read(await draw("image", EVERY_STATUS));
    const [, across, down] = /<svg width="(\d+)pt" height="(\d+)pt"/.exec(
      await draw("svg", EVERY_STATUS),
    )!;
    assert.ok(
      Math.abs(width - Number(across) * 2) <= 2 && Math.abs(height - Number(down) * 2) <= 2,
    );
    for (const { fill } of Object.values(DRAWN)) assert.ok(colours.has(fill.slice(1)), fill);
    assert.equal(new Set(Object.values(DRAWN).map(({ fill }) => fill)).size, 7);
  });

  test("shows text: its font is there", async () => {
    const colours = async (id: string) =>
      read(await draw("image", picture({ steps: [action(id)] })));
    assert.ok((await colours("some-text")).colours.size > 20);
  });

  test("of a picture too large says how far it was scaled, or which format has no limit", () => {
    const svg = (across: number, down: number) => `<svg width="${across}pt" height="${down}pt">`;
    assert.deepEqual(scaleOf(svg(300, 400)), { zoom: 1.5 });
    const { zoom, note } = scaleOf(svg(3_000, 3_000));
    assert.ok(zoom < 1 && 4_000 * 4_000 * zoom * zoom <= 8e6);
    assert.match(note!, /^drawn at 70 %: an image has at most 8 million pixels$/);
    assert.throws(() => scaleOf(svg(300, 20_000)), {
      code: "VALIDATION_ERROR",
      message: /400 × 26667 pixels.* 8000 along one side: format mermaid has no such limit/,
    });
  });

  test("says that the font lacks characters", async () => {
    const plain = read(await draw("image", picture({ steps: [action("abc")] })));
    const lacking = read(await draw("image", picture({ steps: [action("日本")] })));
    assert.ok(lacking.width > plain.width + 200, "the note makes it wider");
  });
});

describe("the drawer", () => {
  const party = { agent: "", run: "" };

  test("starts no thread before the first picture, and keeps none when nobody asks", async () => {
    const drawer = new Drawer({ script: THREAD, idleMs: 0 });
    assert.equal(drawer.isWarm, false);
    const drawing = drawer.draw("ascii", picture(SHOP), { party });
    assert.equal(drawer.isWarm, true);
    assert.match(await drawing, /fetch-data/);
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(drawer.isWarm, false);
  });

  test("ends a layout that takes too long, and draws the next", async () => {
    const drawer = new Drawer({ script: THREAD });
    const tangle = Array.from(
      { length: 350 },
      (_, i) =>
        action(`s${i}`, {
          depends_on: i < 3
            ? []
            : [`s${(i * 7) % i}`, `s${(i * 5) % (i - 1)}`].filter((id, at, all) =>
              all.indexOf(id) === at
            ),
        }),
    );
    await assert.rejects(
      drawer.draw("svg", picture({ steps: tangle }), { party, deadlineMs: 50 }),
      {
        code: "TIMEOUT_ERROR",
        message: "the drawing did not end within 0.05 s",
        details: { format: "svg", retryable: false },
      },
    );
    assert.match(await drawer.draw("svg", picture(SHOP), { party }), /^<svg/);
    await drawer.close();
  });

  test("draws for others while one agent waits for many, and for all in turn", async () => {
    const drawer = new Drawer({ script: THREAD });
    const warm = (agent: string) =>
      drawer.draw("svg", picture(SHOP), { party: { agent, run: "" } });
    await Promise.all([warm("a"), warm("b")]);
    const done: string[] = [];
    const draw = (agent: string, n: number) =>
      drawer.draw("svg", picture(SHOP), { party: { agent, run: `${n}` } })
        .then(() => done.push(agent));
    const many = Array.from({ length: 12 }, (_, n) => draw("a", n));
    const few = [draw("b", 0), draw("c", 0), draw("c", 1)];
    await Promise.all([...many, ...few]);
    for (const agent of ["b", "c"]) assert.ok(done.lastIndexOf(agent) < 10, done.join(" "));
    await drawer.close();
  });

  test("refuses an agent's seventeenth with a way out, and answers the others", async () => {
    const drawer = new Drawer({ script: THREAD });
    const draw = (agent: string) =>
      drawer.draw("ascii", picture(SHOP), { party: { agent, run: "r" } });
    const waiting = Array.from({ length: 16 }, () => draw("a"));
    await assert.rejects(draw("a"), {
      code: "BUSY",
      message: /^16 drawings of one agent are under way.* format mermaid needs no turn$/,
      details: { path: "format", limit: 16, retry_after_ms: 1_000 },
    });
    assert.match(await draw("b"), /fetch-data/);
    for (const text of await Promise.all(waiting)) assert.match(text, /fetch-data/);
    assert.match(await draw("a"), /fetch-data/);
    const all = Array.from({ length: 16 }, (_, n) => n)
      .flatMap((n) => Array.from({ length: 16 }, () => draw(`agent-${n}`)));
    const settled = Promise.allSettled(all);
    await assert.rejects(draw("another"), { code: "BUSY", message: /^256 drawings of all agents/ });
    await drawer.close();
    await settled;
  });
});
