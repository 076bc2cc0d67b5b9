/** The document of the API, as it is committed. */
import { readFileSync } from 'node:fs';

const { paths } = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as { paths: Record<string, Record<string, unknown>> };

const known = Object.entries(paths).map(([template, operations]) => ({
  // What is in braces is one part of a path, or the part of one before a colon.
  shape: new RegExp(`^${template.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^/]+?')}$`),
  methods: new Set(Object.keys(operations).map((method) => method.toUpperCase())),
}));

/** Tells whether the document describes what is asked for. */
export function documented(method: string, path: string): boolean {
  return known.some(({ shape, methods }) => methods.has(method) && shape.test(path));
}
