import type { Deprecation } from '#kernel/http/operation.ts';
import type { Step } from '../exchange.ts';

/** Tells with every answer of a deprecated operation that it goes, when, and what to read (G-59; RFC 9745, RFC 8594). */
export const announceDeprecation: Step = ({ operation, headers }) => {
  if (operation.deprecated) Object.assign(headers, deprecationHeaders(operation.deprecated));
};

export function deprecationHeaders({ since, sunset, guide }: Deprecation): Record<string, string> {
  return {
    deprecation: `@${Date.parse(since) / 1_000}`,
    sunset: new Date(sunset).toUTCString(),
    link: `<${guide}>; rel="deprecation"; type="text/html"`,
  };
}
