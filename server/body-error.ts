// What is wrong with a request's body before anything is asked of what it says.

/** Its message completes the sentence "body: …". */
export class BodyError extends Error {}
