// What other tools call the keys and choices of a definition, and how it is written here.

import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import {
  condition,
  duration,
  flag,
  type Given,
  ignoring,
  options,
  retry,
  shown,
} from "./own-values.ts";

/** What to write for a word, given the value that stands under it: a sentence. */
type Advice = (given: Given) => string;

/** By word without case, `_` and `-`: a name of ours, or, with a blank in it, what to write. */
type Words = Readonly<Record<string, string | Advice>>;

/** A sentence for each word of the list. */
function words(list: string, meaning: string | Advice): Words {
  return Object.fromEntries(list.split(" ").map((word) => [word, meaning]));
}

const SLEEP: Advice = (given) =>
  `a step that waits is {"type": "wait", "config": {"duration": ${duration(given)}}}`;
const LOOP: Advice = ({ value }) =>
  `a loop is a step {"type": "loop", "config": {"over": ${shown(value, "[…]")}, "body": [{…}]}}`;
const ASK: Advice = (given) =>
  'a question is a step {"type": "reasoning", "config": {"prompt_context": ' +
  `${typeof given.value === "string" ? shown(given.value) : '"…"'}, "options": ${options(given)}}}`;
const CHOOSE: Advice = () =>
  'a branch is a step {"type": "condition", "config": {"expression": "…", ' +
  '"branches": {"true": [{…}], "false": [{…}]}}}';
const SHELL: Advice = ({ value }) =>
  'a program is {"action": "shell.exec", "params": {"command": "sh", ' +
  `"args": ["-c", ${typeof value === "string" ? shown(value) : '"…"'}]}}`;
const RETRY: Advice = (given) =>
  isObject(given.value) ? 'write "retry" for it' : `write ${retry(given)}`;
const BESIDE = "it stands beside the definition, in the arguments of opcode.define";

/** By the title of the rule whose keys they are mistaken for. */
const KEYS: Readonly<Record<string, Words>> = {
  "opcode workflow": {
    ...words("jobs tasks nodes stages actions workflow pipeline flow", "steps"),
    ...words("input params parameters args arguments variables vars env", "inputs"),
    ...words("name description triggers inputschema outputschema on schedule", BESIDE),
    ...words("title version", "anything may be kept in metadata"),
    ...words("onfailure catch onfail errorhandler", "on_error"),
    ...words("finally onsuccess oncompletion after", "on_complete"),
    ...words("output outputs result", "the output is that of the last step"),
    ...words(
      "retry retries retrypolicy",
      (given) => `for all steps write "defaults": {${retry(given)}}`,
    ),
    ...words(
      "failonerror strict",
      (given) => `for all steps write "defaults": {"fail_on_error": ${flag(given)}}`,
    ),
    ...words(
      "failonerrorstatus",
      (given) => `for all steps write "defaults": {"fail_on_error_status": ${flag(given)}}`,
    ),
    ...words("default stepdefaults", "defaults"),
  },
  Step: {
    ...words(
      "needs after requires dependencies dependencyids runafter waitfor parents",
      "depends_on",
    ),
    ...words("uses function tool operation activity do call agent", "action"),
    ...words("with args arguments input inputs parameters parameter payload", "params"),
    ...words(
      "if when onlyif guard runif unless",
      (given) => `write "condition": ${condition(given)} in CEL, without \${{…}}`,
    ),
    ...words("name key stepid label title", "id"),
    ...words("run script command cmd shell bash exec", SHELL),
    ...words("retries maxretries attempts maxattempts retrypolicy", RETRY),
    ...words("continueonerror ignoreerrors ignoreerror allowfailure optional", ignoring),
    ...words("onfailure catch fallback onfail errorhandler", "on_error"),
    ...words("timeoutms timeoutseconds timeoutminutes timeoutsec deadline", "timeout"),
    ...words("foreach withitems items loop map matrix over each iterate", LOOP),
    ...words(
      "parallel branches",
      'write {"type": "parallel", "config": {"branches": [[{…}], [{…}]]}}',
    ),
    ...words("prompt question message approval choices options", ASK),
    ...words("then else switch cases expression", CHOOSE),
    ...words("sleep delay wait duration signal", SLEEP),
    ...words("output outputs save saveas register resultpath", "the output is steps.ID.output"),
    ...words("next goto to", "the order is in depends_on of the later steps"),
    ...words("description comment notes", 'the author\'s own keys begin with "x-"'),
    ...words("env", "params.env of shell.exec"),
    ...words("failonerror", (given) => `write "fail_on_error": ${flag(given)} in params`),
    ...words(
      "failonerrorstatus",
      (given) => `write "fail_on_error_status": ${flag(given)} in params`,
    ),
    ...words("defaults", 'they stand once for all steps, beside "steps"'),
    ...words(
      "url headers body query content path data template templatename filter",
      "what an action takes is written in params",
    ),
    ...words(
      "steps children body",
      "only loops, parallel and condition steps hold steps, in config",
    ),
  },
  Condition: {
    ...words("if condition when on value switch test", "expression"),
    ...words("then else true false", 'write "branches": {"true": [{…}], "false": [{…}]}'),
    ...words("cases choices options", "branches"),
    ...words("otherwise fallback", "default"),
  },
  Loop: {
    ...words("items list in each collection foreach array values range", "over"),
    ...words("steps do actions tasks children step", "body"),
    ...words("max maxiterations limit iterations times", "max_iter"),
    ...words("parallelism parallel maxconcurrency batchsize workers", "concurrency"),
    ...words("while", 'write "mode": "while", "condition": "…"'),
    ...words("until", 'write "mode": "until", "condition": "…"'),
    ...words(
      "as var variable item itemname alias",
      "an item is read as ${{loop.item}}, in CEL iter.item",
    ),
    ...words("expression if", "condition"),
    ...words("type kind", "mode"),
  },
  Parallel: {
    ...words("steps tasks children lists", "branches"),
    ...words("strategy type join", "mode"),
  },
  Wait: {
    ...words("seconds time for delay sleep ms minutes until timeout interval", "duration"),
    ...words("event name signalname on", "signal"),
  },
  Reasoning: {
    ...words("prompt question message text instructions description title", "prompt_context"),
    ...words("choices answers actions", "options"),
    ...words("agent assignee target approver to", "target_agent"),
    ...words("default defaultoption onTimeout ontimeout", "fallback"),
    ...words("data context inject inputs", "data_inject"),
    ...words("deadline expires expiresin", "timeout"),
  },
  Option: {
    ...words("value name key choice", "id"),
    ...words("label title text", "description"),
  },
  Defaults: {
    ...words("retries maxretries attempts maxattempts retrypolicy", RETRY),
    ...words("continueonerror ignoreerrors ignoreerror allowfailure", ignoring),
    ...words("onfailure catch fallback onfail errorhandler", "on_error"),
    ...words("timeoutms timeoutseconds timeoutminutes timeoutsec deadline", "timeout"),
    ...words("failonstatus failonhttperror raiseforstatus checkstatus", "fail_on_error_status"),
    ...words("failonnonzero strict failonexit check", "fail_on_error"),
    ...words("inputs input vars variables", "default inputs are inputs of the definition"),
    ...words(
      "params headers env run shell action type condition url method workdir",
      "each step says that itself",
    ),
    ...words("oninterrupt ontimeout", "it stands beside defaults, for the whole workflow"),
  },
  "Retry policy": {
    ...words("count limit retries maxretries maximum", "max"),
    ...words(
      "attempts maxattempts times",
      (given) => `write ${retry(given).replace(/^"retry": \{|\}/g, "")}`,
    ),
    ...words("interval wait initialdelay initialinterval backoffms delayms", "delay"),
    ...words("strategy type policy", "backoff"),
    ...words("maxinterval maxbackoff cap", "max_delay"),
    ...words("factor multiplier backoffcoefficient", "exponential doubles the delay"),
  },
  "Error handler": {
    ...words(
      "max retry retries attempts delay backoff",
      (given) => `retries stand beside it, in the step: ${besideHandler(given)}`,
    ),
    ...words("action type on mode do then", "strategy"),
    ...words("step fallback goto next target id", "fallback_step"),
  },
};

/** Choices by what they are called elsewhere; the first that is allowed at the place is meant. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  ...each("continue skip proceed swallow", ["ignore"]),
  ...each("fail abort stop terminate raise", ["fail_workflow", "fail"]),
  ...each("fallback catch goto", ["fallback_step"]),
  ...each("fixed static", ["constant"]),
  ...each("exp expo", ["exponential"]),
  ...each("any first fastest", ["race"]),
  ...each("foreach for each map iterate items", ["for_each", "loop"]),
  ...each("while until repeat", ["loop"]),
  ...each("if switch branch choice conditional decide", ["condition"]),
  ...each("approval approve human input decision ask prompt llm manual gate", ["reasoning"]),
  ...each("sleep delay timer pause event signal", ["wait"]),
  ...each("fork concurrent fanout concurrently race", ["parallel"]),
  ...each("task step job call tool function activity http shell script command run", ["action"]),
  ...each("workflow subworkflow child", ["action"]),
  ...each("true yes auto rerun", ["resume"]),
};

/** Where the number or the delay of retries was written into a handler of errors. */
function besideHandler(given: Given): string {
  const { value, word } = given;
  if (word === "delay") return `"retry": {"max": N, "delay": ${duration(given)}}`;
  if (word === "backoff") return `"retry": {"max": N, "backoff": ${shown(value)}}`;
  return isObject(value) ? `"retry": ${shown(value, "{…}")}` : retry(given);
}

function each(list: string, names: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(list.split(" ").map((word) => [word, names]));
}

/** Words that are no longer looked up: nobody's name for something is so long. */
const LONGEST = 40;

function plain(word: string): string {
  return word.length > LONGEST ? "" : word.toLowerCase().replace(/[-_ ]/g, "");
}

/** `; did you mean "x"?` or `; <what to write>` for a key of an object of this title; else nothing. */
export function keyMeant(title: string | undefined, key: string, value?: Json): string {
  const word = plain(key);
  const ours = sentence(own(KEYS[title ?? ""] ?? {}, word), { word, value });
  if (ours === undefined) return "";
  return ours.includes(" ") ? `; ${ours}` : `; did you mean "${ours}"?`;
}

function sentence(ours: string | Advice | undefined, given: Given): string | undefined {
  return typeof ours === "function" ? ours(given) : ours;
}

/** The allowed choice that a text stands for elsewhere. */
export function choiceMeant(text: string, allowed: readonly string[]): string | undefined {
  return own(CHOICES, plain(text))?.find((choice) => allowed.includes(choice));
}

/** What actions are called elsewhere. */
const ACTIONS: Words = {
  ...words(
    "http fetch curl get request https api rest webhook",
    '"http.get", "http.post" or "http.request"',
  ),
  ...words("post", '"http.post"'),
  ...words("put http.put", '"http.request" with "method": "PUT" in params'),
  ...words("patch http.patch", '"http.request" with "method": "PATCH" in params'),
  ...words("http.delete", '"http.request" with "method": "DELETE" in params'),
  ...words("http.head", '"http.request" with "method": "HEAD" in params'),
  ...words(
    "shell bash sh exec command cmd run script shell.run shell.command system exec.run process terminal code python",
    '"shell.exec"',
  ),
  ...words("readfile file.read read", '"fs.read"'),
  ...words("writefile file.write write save", '"fs.write"'),
  ...words("jq transform map filter json json.parse", '"jq.transform"'),
  ...words("eval expression set compute cel assign", '"expr.eval"'),
  ...words("log print echo console.log", '"workflow.log"'),
  ...words("uuid", '"crypto.uuid"'),
  ...words("hash sha256", '"crypto.hash"'),
  ...words("fail error throw", '"workflow.fail"'),
  ...words("emit event publish", '"workflow.emit"'),
  ...words("notify email slack", '"workflow.notify"'),
  ...words(
    "workflow subworkflow child call workflow.start workflow.call workflow.execute",
    '"workflow.run"',
  ),
};

/** What is no action here, but a type of steps. */
const TYPES: Words = {
  ...words("sleep wait delay pause timer workflow.wait workflow.sleep time.sleep", SLEEP),
  ...words("loop foreach for each workflow.loop", LOOP),
  ...words("if condition switch branch choice", CHOOSE),
  ...words("approval approve human ask prompt llm reasoning decision human.approval", ASK),
  ...words(
    "parallel race fanout",
    'write {"type": "parallel", "config": {"branches": [[{…}], [{…}]]}}',
  ),
};

/**
 * `; did you mean …?` for what another tool calls an action; nothing when it is none of these. `params`:
 * what it was given.
 */
export function actionMeant(name: string, params: JsonObject = {}): string {
  const [[word, value] = ["", undefined], ...others] = Object.entries(params);
  const given = others.length === 0 ? { word: plain(word), value } : { word: "" };
  const type = sentence(own(TYPES, plain(name)), given);
  if (type !== undefined) return `; ${type}`;
  const ours = own(ACTIONS, plain(name));
  return ours === undefined ? "" : `; did you mean ${ours}?`;
}

/** Params by what they are called elsewhere; the first that the action takes is meant. */
const PARAMS: Readonly<Record<string, readonly string[]>> = {
  ...each("cmd script run program line bash", ["command"]),
  ...each("arguments argv parameters", ["args", "params"]),
  ...each("environment vars variables envs", ["env"]),
  ...each("dir directory workingdirectory workdirectory", ["workdir"]),
  ...each("input", ["stdin", "data", "params", "value"]),
  ...each("inputs with", ["params", "data"]),
  ...each("json payload form formdata", ["body", "data", "content"]),
  ...each("params querystring queryparams searchparams", ["query"]),
  ...each("header", ["headers"]),
  ...each("uri endpoint link address href", ["url"]),
  ...each("verb httpmethod", ["method"]),
  ...each("file filename filepath", ["path"]),
  ...each("text contents", ["content", "data", "message", "value"]),
  ...each("data body", ["content", "body", "data", "value"]),
  ...each("source from", ["src", "path"]),
  ...each("destination dest target to", ["dst", "path"]),
  ...each("template workflow workflowname definition", ["template_name"]),
  ...each("expr query program jq filter code", ["expression", "filter"]),
  ...each("expression", ["filter"]),
  ...each("msg reason error", ["message", "reason"]),
  ...each("message", ["reason"]),
  ...each("event type", ["event_type"]),
  ...each("name", ["template_name", "event_type", "path"]),
  ...each("failonstatus failonhttperror raiseforstatus failonerror checkstatus", [
    "fail_on_error_status",
  ]),
  ...each("check failonnonzero strict failonexit", ["fail_on_error"]),
  ...each("encodingtype contenttype bodytype", ["body_encoding"]),
  ...each("verify insecure skipverify", ["tls_skip_verify"]),
  ...each("redirects allowredirects", ["follow_redirects"]),
  ...each("algo hash", ["algorithm"]),
  ...each("secret", ["key"]),
  ...each("a left got result", ["actual", "haystack"]),
  ...each("b right want expect", ["expected", "needle"]),
  ...each("regex regexp", ["pattern"]),
};

/** The param among these that goes by the word elsewhere. */
export function paramMeant(word: string, names: readonly string[]): string | undefined {
  return own(PARAMS, plain(word))?.find((name) => names.includes(name));
}

function own<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
