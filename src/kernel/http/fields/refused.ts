import { type TOptional, type TUnsafe, Type } from 'typebox';
import { refuse } from './refusal.ts';
import { leaf } from './schema.ts';

/** A field that is always refused, with words about what to do instead; the contract shows it as impossible. */
export function refusedField(message: string): TOptional<TUnsafe<undefined>> {
  const refusal = refuse('unknown_field', message);
  const schema = leaf<undefined>(
    { kind: 'refused', normaliser: () => () => refusal },
    { not: {} },
    { description: message },
  );
  return Type.Optional(schema) as unknown as TOptional<TUnsafe<undefined>>;
}
