import { Type } from 'typebox';
import { maskCardNumbers } from '#kernel/card-number.ts';
import { DomainError, ERROR_CATALOGUE } from '#kernel/errors.ts';
import type { Answer } from '#kernel/http/operation.ts';

/** The error envelope of the canonical contract (C-28, ERR-12..14). */
export const ErrorView = Type.Object(
  {
    error: Type.Object({
      code: Type.String({ pattern: '^ERR_[A-Z_]+$' }),
      message: Type.String({ description: 'What went wrong and what to do, for people.' }),
      request_id: Type.String({ description: 'Name it when you ask for help.' }),
      details: Type.Array(Type.Object({ field: Type.String(), code: Type.String(), message: Type.String() })),
      doc_url: Type.String(),
    }),
  },
  { $id: 'Error' },
);

/** Any failure as the edition's answer. What is not a DomainError is a fault of ours: its text stays inside. */
export function renderError(error: unknown, requestId: string): Answer {
  const refusal = error instanceof DomainError ? error : new DomainError('internal', ERROR_CATALOGUE.internal.fix);
  const { code, status } = ERROR_CATALOGUE[refusal.kind];
  return {
    status,
    headers: status === 401 ? { 'www-authenticate': 'Bearer realm="techcorp"' } : undefined,
    body: {
      error: {
        code,
        message: maskCardNumbers(refusal.message),
        request_id: requestId,
        details: refusal.details.map((each) => ({
          ...each,
          field: maskCardNumbers(each.field),
          message: maskCardNumbers(each.message),
        })),
        doc_url: `/docs/errors/${code}`,
      },
    },
  };
}
