// What the URIs of resources look like, and what they name.

const RUNS = "opcode://runs/";
const TEMPLATES = "opcode://templates/";
/** The list of all actions. */
export const ACTIONS = "opcode://actions";

export const RUN_TEMPLATE = `${RUNS}{id}`;
export const TEMPLATE_TEMPLATE = `${TEMPLATES}{name}`;
export const ACTION_TEMPLATE = `${ACTIONS}/{name}`;

export const runUri = (id: string) => RUNS + encodeURIComponent(id);
export const templateUri = (name: string) => TEMPLATES + encodeURIComponent(name);

/** The id of the run; undefined of a URI that names none. */
export const runOf = (uri: string) => variable(uri, RUNS);
export const templateOf = (uri: string) => variable(uri, TEMPLATES);
export const actionOf = (uri: string) => variable(uri, `${ACTIONS}/`);

/** What stands for the variable of a URI with this beginning. */
function variable(uri: string, beginning: string): string | undefined {
  if (!uri.startsWith(beginning) || uri.length === beginning.length) return;
  try {
    return decodeURIComponent(uri.slice(beginning.length));
  } catch {
    return undefined;
  }
}
