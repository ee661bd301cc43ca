// What lock.mjs, which any Node loads before anything can be compiled, has for typed sources.

export function withLock<T>(path: string, work: () => Promise<T>): Promise<T>;
