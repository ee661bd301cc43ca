// How a stream of server-sent events is cut into its frames.

export interface Frame {
  /** Undefined when the frame has none. */
  id: string | undefined;
  event: string;
  data: string;
}

/** Reads frames as the HTML standard says (§9.2.6), without reconnection times. */
export async function* parseEvents(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Frame> {
  const decoder = new TextDecoder();
  let rest = "";
  let frame: Frame = { id: undefined, event: "message", data: "" };
  let data: string[] = [];
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop()!;
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) yield { ...frame, data: data.join("\n") };
        frame = { id: undefined, event: "message", data: "" };
        data = [];
        continue;
      }
      const colon = line.indexOf(":");
      const field = colon === -1 ? line : line.slice(0, colon);
      const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "data") data.push(value);
      else if (field === "id") frame.id = value;
      else if (field === "event") frame.event = value;
    }
  }
}
