import { type KeyDoor, STANDARD_DOOR } from '#modules/identity/index.ts';

/** This edition takes the same keys as the current API, in a header of its own (C-10). */
export const V1_DOOR: KeyDoor = { families: STANDARD_DOOR.families, form: 'an `sk_…` key as `X-API-Key: …`' };
