/** Writes an object as the document that `doorward apply` reads. Pure. */

const PLAIN = /^[A-Za-z_/][\w./@+-]*(?::[\w./@+-]+)*(?: [\w./@+()-]+(?::[\w./@+()-]+)*)*$/;
const RESERVED = new Set(['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n']);

/** A text as YAML takes it for a text: plain where nothing in it means something, else in double quotes. */
export function scalar(text: string): string {
  const plain = PLAIN.test(text) && !RESERVED.has(text.toLowerCase());
  return plain ? text : JSON.stringify(text);
}

function write(value: unknown, indent: string): string {
  if (value === null || value === undefined) return ' null';
  if (typeof value === 'string') return ` ${scalar(value)}`;
  if (Array.isArray(value)) {
    if (value.length === 0) return ' []';
    return `\n${value.map((one) => `${indent}-${write(one, `${indent}  `)}`).join('\n')}`;
  }
  if (typeof value === 'object') {
    const entries = Object.entries(value);
    if (entries.length === 0) return ' {}';
    return `\n${entries.map(([key, one]) => `${indent}${scalar(key)}:${write(one, `${indent}  `)}`).join('\n')}`;
  }
  return ` ${String(value)}`;
}

export function toYaml(kind: string, name: string, spec: Record<string, unknown>): string {
  return `kind: ${kind}\nname: ${scalar(name)}\nspec:${write(spec, '  ')}\n`;
}
