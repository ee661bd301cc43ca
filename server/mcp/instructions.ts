// What a new agent is told when it connects (at most 150 words: it pays for them each time).

export const INSTRUCTIONS =
  `opcode runs JSON workflows durably, so that you reason once and run many times for no tokens.
1. opcode.define stores a workflow; a mistake is answered with its path and rule.
2. opcode.run starts it and waits for the result. Completed, failed and cancelled are final.
3. When it answers waiting: true, call opcode.status with the workflow_id until it has ended.
4. When it is suspended, its answer names pending_decisions; opcode.status shows each question. ` +
  `Answer with opcode.signal: decision, decision_id, {choice}. waiting_signals want data ` +
  `{signal: name}. After a restart, interrupted steps want retry or skip.
5. opcode.query finds workflows, events, templates and decisions; opcode.diagram draws one. The resources ` +
  `opcode://runs/{id} and opcode://templates/{name} hold the same.
Give the same agent_id in every call. Look with opcode.query for a template before you define one. ` +
  `Failed calls have isError and an error {code, message, details}; what you wrote is not stored then.`;
