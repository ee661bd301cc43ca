// What the daemon needs of the panel to serve it: files for browsers, and a way to draw a page without one.

export interface PanelFile {
  type: string;
  body: Uint8Array<ArrayBuffer>;
  /** The same compressed, by the name of the encoding. */
  encoded: Partial<Record<"br" | "gzip", Uint8Array<ArrayBuffer>>>;
}

export interface DrawRequest {
  /** Path and query. */
  href: string;
  /** Epoch ms. */
  now: number;
  theme?: string | undefined;
  /** What the API answers to a GET of this path behind `/api/v1`. */
  get(path: string): Promise<{ status: number; body: unknown }>;
}

export interface PanelBundle {
  /** By the name under `/static/`, which holds a hash of the content. */
  files: ReadonlyMap<string, PanelFile>;
  /** SHA-256 of the style that stands in each page, as base64: the policy of pages lets in no other. */
  styleHash: string;
  draw(request: DrawRequest): Promise<{ status: number; html: string }>;
  /** The page that asks for the token. */
  drawSignIn(request: Pick<DrawRequest, "theme">): string;
}
