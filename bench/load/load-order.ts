/** What the load generator is told to do; it travels between processes, so it is plain data. */
export interface LoadOrder {
  port: number;
  connections: number;
  /** Not counted, before the measured time. */
  warmUpMs: number;
  durationMs: number;
  /** Whole HTTP requests as text; they are sent in turn. */
  requests: string[];
  /** Where each request carries a key of its own: this text is overwritten with `keyPrefix` and a number. */
  keyMark?: string;
  keyPrefix?: string;
  /** Statuses of a good answer; any other one breaks the bench. */
  expected: number[];
}

export interface LoadResult {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  count: number;
  /** Answers with a status that was not expected, and one of them. */
  unexpected: number;
  statuses: Record<string, number>;
  sample: string;
}

/** The text of a request as the generator sends it. */
export function requestText(method: string, path: string, headers: Record<string, string>, body?: unknown): string {
  const text = body === undefined ? '' : JSON.stringify(body);
  const lines = [`${method} ${path} HTTP/1.1`, 'host: bench'];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (text) lines.push('content-type: application/json', `content-length: ${Buffer.byteLength(text)}`);
  return `${lines.join('\r\n')}\r\n\r\n${text}`;
}
