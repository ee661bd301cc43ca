// What folder.mjs, which any Node loads before anything can be compiled, has for typed sources.

export function installFolder(name: string): Promise<string>;
