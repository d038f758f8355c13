/** Codes of `details[].code` for a field, with their meaning; the reference documentation prints this list. */
export const FIELD_ERRORS = {
  required: 'The field is missing, null or empty, and must have a value.',
  unknown_field: 'The object has no field or parameter of this name.',
  type: 'The value has the wrong JSON type.',
  format: 'The value does not have the required form.',
  forbidden_characters: 'The text holds control characters or broken Unicode.',
  too_short: 'The text has too few characters.',
  too_long: 'The text has too many characters.',
  too_small: 'The number is below the minimum.',
  too_large: 'The number is above the maximum.',
  not_integer: 'The number has a fraction.',
  not_allowed: 'The value is not one of the allowed ones.',
  too_few: 'The list has too few entries.',
  too_many: 'The list or map has too many entries.',
  duplicate: 'The list or map holds the same entry twice.',
} as const;

export type FieldErrorCode = keyof typeof FIELD_ERRORS;
export const FIELD_ERROR_CODES = Object.keys(FIELD_ERRORS) as readonly FieldErrorCode[];

/** Findings after this many are dropped, so that a hostile body cannot make an answer larger than itself. */
export const MAX_FINDINGS = 100;

/** A finding on its way up: `path` is relative to the value that was looked at, empty for the value itself. */
export interface Finding {
  path: string;
  code: FieldErrorCode;
  message: string;
}

/** What a normaliser returns instead of a value when it refuses. */
export class Refusal {
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    this.findings = findings;
  }
}

/** Refuses the value itself. `message` is public and says what to send instead. */
export function refuse(code: FieldErrorCode, message: string): Refusal {
  return new Refusal([{ path: '', code, message }]);
}

/** Collects the findings of the parts of a value; made only when there is one, so that a valid input allocates none. */
export class Findings {
  private readonly list: Finding[] = [];

  get isFull(): boolean {
    return this.list.length >= MAX_FINDINGS;
  }

  add(path: string, code: FieldErrorCode, message: string): this {
    if (!this.isFull) this.list.push({ path, code, message });
    return this;
  }

  /** Takes over the findings of the part named `part`: a key (`items`) or an index (`[2]`). */
  adopt(part: string, refusal: Refusal): this {
    for (const finding of refusal.findings) this.add(joinPath(part, finding.path), finding.code, finding.message);
    return this;
  }

  toRefusal(): Refusal {
    return new Refusal(this.list);
  }
}

function joinPath(part: string, rest: string): string {
  if (rest === '') return part;
  return rest.startsWith('[') ? part + rest : `${part}.${rest}`;
}

/** A key sent by a client, short enough and well-formed for a path in an answer. */
export function printableKey(key: string): string {
  return (key.length > 64 ? `${key.slice(0, 64)}…` : key).toWellFormed();
}
