// What bundle.mjs, which any Node loads before anything can be compiled, has for typed sources.

export function bundlesOf(root: string): string;
export function manifestOf(root: string): string;
export function freshBundle(root: string): string | undefined;
export function usersOf(program: string): string;
export function keepBundle(program: string): void;
