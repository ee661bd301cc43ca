// Which parts of a URL give access: its user and password, its path, what is asked for.

/** Bytes from which on a segment of a path is taken for more than a word. */
const LEAST_SEGMENT = 16;
/** Scheme, user and password, hosts, path, query, fragment; also of what `new URL` refuses. */
const URL_LIKE = /^([a-z][a-z0-9+.-]*:)\/\/(?:([^/?#]*)@)?([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/is;

/**
 * The parts, as they are and percent-decoded, and the address without user and query, as errors show
 * it; none for a text that is no URL. Each may be of any length.
 */
export function urlParts(text: string): Set<string> {
  const parts = new Set<string>();
  const add = (...texts: string[]) => {
    for (const each of texts) for (const part of [each, percentDecoded(each)]) parts.add(part);
  };
  // As it is written, and as it is when it has been parsed.
  for (const spelling of URL.canParse(text) ? [text, new URL(text).href] : [text]) {
    const match = URL_LIKE.exec(spelling);
    if (!match) continue;
    const [, scheme = "", user = "", hosts = "", path = "", query = "", fragment = ""] = match;
    const [name = "", ...password] = user.split(":");
    if (user !== "") add(user, name, password.join(":"), `${user}@${hosts}`);
    add(path, ...path.split("/").filter((segment) => segment.length >= LEAST_SEGMENT));
    // A host alone is no secret.
    if (path.length > 1) add(`${scheme}//${hosts}${path}`);
    for (const asked of [query.slice(1), fragment.slice(1)]) {
      add(asked);
      for (const pair of asked.split("&")) {
        const equals = pair.indexOf("=");
        add(pair, pair.slice(equals + 1), pair.slice(equals + 1).replaceAll("+", " "));
      }
    }
  }
  return parts;
}

/** The text itself where it is not properly encoded. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
