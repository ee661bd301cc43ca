// What `opcode diagram` prints or writes: a template or a run as text, SVG or PNG.

import { writeFile } from "node:fs/promises";
import { extname } from "node:path";
import type { JsonObject } from "../../core/json.ts";
import { ApiError, type Client } from "../client.ts";
import type { CliContext } from "../context.ts";
import { lastRun, runBeginning, WAYS } from "../run-id.ts";
import { isRunId } from "../short-id.ts";
import { either } from "../either.ts";
import { systemReason } from "../../core/system-reason.ts";
import type { DiagramFormat } from "../../engine/contract/diagram.ts";
import { printJson, printLine, visible } from "../print.ts";
import { UsageError } from "../usage-error.ts";

export interface DiagramFlags {
  target: string;
  version?: string;
  format?: string;
  output?: string;
}

/** Formats by the file's extension. */
const FORMATS: Readonly<Record<string, DiagramFormat>> = {
  ".svg": "svg",
  ".png": "image",
  ".mmd": "mermaid",
  ".mermaid": "mermaid",
  ".md": "mermaid",
  ".txt": "ascii",
};

export async function diagram(context: CliContext, flags: DiagramFlags): Promise<number> {
  const { output } = flags;
  const format = formatOf(flags);
  if (format === "image" && output === undefined && !context.json) {
    throw new UsageError("--format image: give a file to write it to, as in -o picture.png");
  }
  const reply = await drawn(context.client, { ...flags, ...(format && { format }) });
  const text = String(reply.diagram);
  if (output !== undefined) await write(output, bytesOf(text, reply.format, output));
  if (context.json) printJson(output === undefined ? reply : { format: reply.format!, output });
  else printLine(output === undefined ? text.trimEnd() : `written to ${visible(output)}`);
  return 0;
}

function formatOf({ format, output }: DiagramFlags): string | undefined {
  if (output === undefined) return format;
  const named = FORMATS[extname(output).toLowerCase()];
  if (named === undefined && format === undefined) {
    throw new UsageError(
      `-o ${visible(output)}: end it with ${either(Object.keys(FORMATS))}, or give --format`,
    );
  }
  if (format !== undefined && named !== undefined && format !== named) {
    throw new UsageError(`-o ${visible(output)}: that is ${named}, and --format says ${format}`);
  }
  return format ?? named;
}

function bytesOf(text: string, format: unknown, output: string): Uint8Array | string {
  if (format === "image") return Buffer.from(text, "base64");
  // Markdown shows it as a picture in a block of its own.
  return /\.md$/i.test(output) && format === "mermaid" ? `\`\`\`mermaid\n${text}\`\`\`\n` : text;
}

async function write(output: string, bytes: Uint8Array | string): Promise<void> {
  try {
    await writeFile(output, bytes);
  } catch (error) {
    throw new UsageError(`-o ${visible(output)}: ${systemReason(error)}`);
  }
}

/** A template's name may look like the beginning of an id, or be "last": it comes first. */
async function drawn(
  client: Client,
  { target, version, format }: DiagramFlags,
): Promise<JsonObject> {
  const query = { ...(version !== undefined && { version }), ...(format && { format }) };
  const runs = (id: string) => client.get(`/api/v1/runs/${encodeURIComponent(id)}/diagram`, query);
  if (isRunId(target)) return await runs(target);
  try {
    return await client.get(`/api/v1/templates/${encodeURIComponent(target)}/diagram`, query);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    // One whose version is not there is no run either.
    if (error.error.details?.latest !== undefined) throw error;
    const run = target === "last" ? await lastRun(client) : await runBeginning(client, target);
    if (run !== undefined) return await runs(run);
    const neither = `"${visible(target)}" is neither a template nor a run`;
    throw new UsageError([`${neither}: ${error.message}`, ...WAYS].join("\n"));
  }
}
