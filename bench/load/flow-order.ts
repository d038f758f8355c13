/** What the flow generator is told to do; it travels between processes, so it is plain data. */
export interface FlowOrder {
  port: number;
  clients: number;
  /** Not counted, before the measured time. */
  warmUpMs: number;
  durationMs: number;
  headers: Record<string, string>;
  /** Each client goes through them one after the other, and begins again with the next variant of the first body. */
  steps: FlowStep[];
}

export interface FlowStep {
  /** `{id}` in path and body is the id that the first step of the flow answered. */
  path: string;
  bodies: unknown[];
  /** Statuses of a good answer; any other one breaks the bench. */
  expected: number[];
}

export interface FlowResult {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** How often each step answered what, as `confirm 409`, over the whole run. */
  answers: Record<string, number>;
}
