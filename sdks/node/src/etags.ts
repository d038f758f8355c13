/** Versions stand beside the objects, not in them, so that an answer can be sent back or stored as it is. */
const etags = new WeakMap<object, string>();

/** The version of an object that this library answered with, for `ifMatch`; undefined when it has none. */
export function etagOf(answer: object): string | undefined {
  return etags.get(answer);
}

export function remembering<Answer>(etag: string | undefined, answer: Answer): Answer {
  if (etag !== undefined && typeof answer === 'object' && answer !== null) etags.set(answer, etag);
  return answer;
}
