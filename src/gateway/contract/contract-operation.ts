import { Type } from 'typebox';
import { type Operation, operation } from '#kernel/http/operation.ts';

/** `GET <prefix>/openapi.json`. `document` is asked for once, when somebody wants it: it describes this operation too. */
export function contractOperation(id: string, prefix: string, document: () => object): Operation {
  let text: string | undefined;
  return operation({
    id,
    method: 'GET',
    path: `${prefix}/openapi.json`,
    summary: 'The contract',
    description: 'The OpenAPI 3.1 document of this edition.',
    access: { public: 'the contract is public (C-06)' },
    responses: { 200: { description: 'OpenAPI 3.1.', schema: Type.Record(Type.String(), Type.Unknown()) } },
    errors: [],
    handle() {
      text ??= JSON.stringify(document());
      return { status: 200, raw: { bytes: text, contentType: 'application/json; charset=utf-8' } };
    },
  });
}
