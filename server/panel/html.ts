// How a page leaves over HTTP: with headers that let nothing but our own files be part of it.

const HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
};

/** Scripts of ours alone, the one style that stands in the page, no frame around it. */
function policyOf(styleHash: string): string {
  return `default-src 'none'; script-src 'self'; style-src 'sha256-${styleHash}'; ` +
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; " +
    "frame-ancestors 'none'";
}

/** `styleHash`: SHA-256 of the page's style as base64. */
export function htmlResponse(
  html: string,
  { status, styleHash }: { status: number; styleHash: string },
): Response {
  const headers = { ...HEADERS, "content-security-policy": policyOf(styleHash) };
  return new Response(html, { status, headers });
}
