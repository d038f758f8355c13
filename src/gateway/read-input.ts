import { DomainError, type ErrorDetail, notFound } from '#kernel/errors.ts';
import { ID_PREFIXES, type IdPrefix } from '#kernel/ids.ts';
import type { Exchange, Step } from './exchange.ts';

/** Checks the path; an id of a wrong form can name nothing, so it is "not found" (C-26). */
export const readPath: Step = (exchange) => {
  const { readParams } = exchange.operation;
  if (!readParams) {
    exchange.params = {};
    return;
  }
  const result = readParams(exchange.request.params, 'path');
  if (result.errors) throw wrongPath(exchange, result.errors);
  exchange.params = result.value;
};

/** Normalises query and body; answers every finding of one of them at once (VAL-01..18). */
export function readInput(queryRefusal: 'bad_request' | 'validation'): Step {
  return (exchange) => {
    const { operation, request } = exchange;
    const query = operation.readQuery?.(request.query, 'query');
    if (query?.errors) throw refusal(queryRefusal, 'The query parameters are not valid.', query.errors);
    exchange.query = query ? query.value : {};
    if (!operation.readBody) return;
    const body = operation.readBody(request.body, 'body');
    if (body.errors) throw refusal('validation', 'The body breaks a rule.', body.errors);
    exchange.body = body.value;
  };
}

function refusal(kind: 'bad_request' | 'validation', summary: string, details: ErrorDetail[]): DomainError {
  const first = details[0]!;
  const more = details.length > 1 ? ` (and ${details.length - 1} more, see details)` : '';
  return new DomainError(kind, `${summary} ${first.field}: ${first.message}${more}`, { details });
}

function wrongPath(exchange: Exchange, details: ErrorDetail[]): DomainError {
  const given = (exchange.request.params as Record<string, string>)[details[0]!.field] ?? '';
  const prefix = given.slice(0, given.indexOf('_')) as IdPrefix;
  return notFound(Object.hasOwn(ID_PREFIXES, prefix) ? ID_PREFIXES[prefix] : 'object', given.slice(0, 64));
}
