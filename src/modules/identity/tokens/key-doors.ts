import { DomainError } from '#kernel/errors.ts';

/** Where a key may be shown: a form of credential, and the families of keys that it takes (C-10, C-11). */
export interface KeyDoor {
  /** Prefixes of secrets, such as `sk_live`. */
  families: readonly string[];
  /** What to send here, for who sent something else. */
  form: string;
}

/** The door that takes access tokens too. */
export const STANDARD_DOOR: KeyDoor = {
  families: ['sk_live', 'sk_test'],
  form: 'an access token or `sk_…` key as `Authorization: Bearer …`',
};

/** The family that a secret says of itself, among those of these doors. */
export function familyOf(secret: string, doors: readonly KeyDoor[]): string | undefined {
  return doors.flatMap(({ families }) => families).find((family) => secret.startsWith(`${family}_`));
}

export function invalidKey({ form }: KeyDoor): DomainError {
  return new DomainError('unauthenticated', `The API key is unknown, expired or revoked; send ${form}.`);
}

/** A key of this family belongs to another door than the one it was shown at. */
export function wrongDoor(family: string, here: KeyDoor, doors: readonly KeyDoor[]): DomainError {
  const own = doors.find(({ families }) => families.includes(family));
  const takes = own ? `, which takes ${own.form}` : '';
  return new DomainError(
    'unauthenticated',
    `This key belongs to another edition of the API${takes}. Here, send ${here.form}.`,
  );
}
