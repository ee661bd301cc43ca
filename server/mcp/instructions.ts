// What a new agent is told when it connects (at most 80 words: it pays for them each time).

export const INSTRUCTIONS =
  `Write what you found out down as a workflow once (opcode.define), then run it any number of ` +
  `times for no tokens (opcode.run, opcode.status). Look with opcode.query for a template before ` +
  `you define one. opcode.signal answers what a suspended workflow waits for and retries a failed ` +
  `step; opcode.diagram draws. Give the same agent_id in every call. A call that fails has isError ` +
  `and error {code, message, details}, and has stored nothing. detail: full cuts nothing.`;
