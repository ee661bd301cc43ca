// How a page leaves over HTTP: with headers that let nothing but our own files be part of it.

/** Scripts and styles of ours alone, no frame around it, nothing inline. */
const HEADERS = {
  "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; " +
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; " +
    "frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
};

export function htmlResponse(html: string, status: number): Response {
  return new Response(html, { status, headers: HEADERS });
}
