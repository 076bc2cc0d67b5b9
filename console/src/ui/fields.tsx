/** All inputs but those of `many.tsx`, which the list of sessions does without. */
export * from './choosers';
export * from './inputs';
