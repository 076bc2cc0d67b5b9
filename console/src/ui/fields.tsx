/** All inputs. */
export * from './choosers';
export * from './inputs';
