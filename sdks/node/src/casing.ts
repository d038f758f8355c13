/** The API speaks snake_case, JavaScript camelCase; what customers named themselves (metadata) is left as it is. */
export interface Casing {
  /** Names (as the API has them) of fields whose keys belong to the customer. */
  opaque: ReadonlySet<string>;
}

export function toApi(value: unknown, casing: Casing): unknown {
  return renamed(value, snakeCase, (apiName) => apiName, casing);
}

export function fromApi(value: unknown, casing: Casing): unknown {
  return renamed(value, camelCase, snakeCase, casing);
}

export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function camelCase(name: string): string {
  return name.replace(/(?<=.)_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function renamed(
  value: unknown,
  rename: (name: string) => string,
  apiNameOf: (renamedName: string) => string,
  casing: Casing,
): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename, apiNameOf, casing));
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const result: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    const newName = rename(name);
    const isOpaque = casing.opaque.has(apiNameOf(newName));
    // A plain assignment of `__proto__` would set the prototype instead of a field.
    Object.defineProperty(result, newName, {
      value: isOpaque ? inner : renamed(inner, rename, apiNameOf, casing),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return result;
}
