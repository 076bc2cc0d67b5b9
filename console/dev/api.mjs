/**
 * Writes `src/api/schema.d.ts` from the server's `openapi.json`. Says three things that the document leaves open, all of them
 * promises of the API: answers hold null rather than leave a key out, lists in queries may be written with commas, and what
 * happened has a time.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const document = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8'));
const { schemas } = document.components;

const sent = new Set();
for (const path of Object.values(document.paths)) {
  for (const operation of Object.values(path)) {
    if (typeof operation !== 'object' || operation === null || Array.isArray(operation)) continue;
    delete operation.operationId;
    for (const content of Object.values(operation.requestBody?.content ?? {})) {
      const name = content.schema?.$ref?.split('/').at(-1);
      if (name !== undefined) sent.add(name);
    }
    for (const parameter of operation.parameters ?? []) {
      if (parameter.in === 'query' && parameter.name !== 'limit') parameter.schema = { type: 'string' };
    }
  }
}

for (const [name, schema] of Object.entries(schemas)) {
  if (schema.type !== 'object' || schema.properties === undefined) continue;
  const names = Object.keys(schema.properties);
  if (sent.has(name)) schema.required = (schema.required ?? []).filter((key) => !Array.isArray(schema.properties[key]?.type));
  else schema.required = names;
  for (const key of ['at', 'as_of']) if (key in schema.properties) schema.properties[key] = { type: 'string' };
}

const ast = await openapiTS(document, { emptyObjectsUnknown: true, alphabetize: true, defaultNonNullable: false });
const text = `// Written by \`npm run api\` from openapi.json. Not edited by hand.\n\n${astToString(ast)}`;
writeFileSync(new URL('../src/api/schema.d.ts', import.meta.url), text);
