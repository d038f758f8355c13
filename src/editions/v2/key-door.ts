import type { KeyDoor } from '#modules/identity/index.ts';

/** Keys of this edition serve it alone (C-10, C-11). */
export const V2_DOOR: KeyDoor = {
  families: ['tc_live_sk', 'tc_test_sk', 'tc_ro_sk'],
  form: 'a `tc_…` key as `Authorization: Bearer …`',
};
