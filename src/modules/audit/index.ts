export { type AccessEntry, NO_ORGANIZATION } from './entry.ts';
