// The types of folder.mjs, which must run before there is anything that could check them.

export function installFolder(name: string): Promise<string>;
