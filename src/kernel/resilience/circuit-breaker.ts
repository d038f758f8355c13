import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from 'cockatiel';
import type { Clock } from '../clock.ts';
import { DomainError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { OutgoingError } from './outgoing-error.ts';

/**
 * Circuit breakers for everything outside this process (ARC-12): after 5 failures in a row (ARC-13) calls are refused
 * at once, and 10 seconds later one trial call decides whether they are let through again.
 */
export type BreakerState = 'closed' | 'open' | 'half_open';

export interface CircuitBreaker {
  readonly name: string;
  /** `half_open` from the moment a trial call would be let through. */
  readonly state: BreakerState;
  /**
   * Runs the call and passes its result or error on. Throws DomainError `unavailable` with `retryAfterSeconds`, without
   * running it, while the breaker is open or another trial call is running.
   */
  execute<Result>(call: () => Promise<Result>, options?: ExecuteOptions<Result>): Promise<Result>;
}

export interface ExecuteOptions<Result> {
  /** Answers that count as failures although they were received, such as status 503. */
  isFailedResult?: (result: Result) => boolean;
  /** Default `isFailure`. */
  isFailure?: (error: unknown) => boolean;
}

export interface BreakerStatus {
  name: string;
  state: BreakerState;
  /** Whole seconds until the trial call; 0 unless open. */
  retryAfterSeconds: number;
}

export interface CircuitBreakers {
  /** The breaker of this name, made on first use: a dependency (`stripe`) or a group and a member (`webhook:host`). */
  for(name: string): CircuitBreaker;
  /** For GET /health/ready: every breaker that is not closed, and how many there are. */
  status(): { total: number; notClosed: BreakerStatus[] };
  /** Open breakers by group (the name up to the first colon), for metrics: members may be many. */
  openByGroup(): Map<string, number>;
}

export interface CircuitBreakersOptions {
  clock: Clock;
  failuresToOpen?: number;
  halfOpenAfterMs?: number;
  /** Told about every change, for the log. */
  onChange?: (status: BreakerStatus) => void;
}

/** Breakers beyond this number push out the closed one that was not used for longest. */
const MAX_BREAKERS = 5_000;

export function createCircuitBreakers(options: CircuitBreakersOptions): CircuitBreakers {
  const breakers = new Map<string, ConsecutiveFailureBreaker>();

  function evictOne(): void {
    for (const [name, breaker] of breakers) {
      if (breaker.state === 'closed') {
        breakers.delete(name);
        return;
      }
    }
  }

  return {
    for(name) {
      let breaker = breakers.get(name);
      // Re-inserting keeps the map in order of use.
      if (breaker) breakers.delete(name);
      else {
        if (breakers.size >= MAX_BREAKERS) evictOne();
        breaker = new ConsecutiveFailureBreaker(name, options);
      }
      breakers.set(name, breaker);
      return breaker;
    },
    status() {
      const all = [...breakers.values()].map((breaker) => breaker.status());
      return { total: all.length, notClosed: all.filter((status) => status.state !== 'closed') };
    },
    openByGroup() {
      const groups = new Map<string, number>();
      for (const { name, state } of breakers.values()) {
        const group = name.split(':', 1)[0]!;
        groups.set(group, (groups.get(group) ?? 0) + (state === 'closed' ? 0 : 1));
      }
      return groups;
    },
  };
}

/** `resilience_open_breakers_count{breaker="webhook"}`, the breakers of each group that are not closed. */
export function observeBreakers(metrics: Metrics, breakers: CircuitBreakers): void {
  metrics.gauge(
    'resilience',
    'open_breakers',
    'count',
    () => [...breakers.openByGroup()].map(([breaker, value]) => ({ value, attributes: { breaker } })),
    { description: 'Circuit breakers that are not closed.', attributes: ['breaker'] },
  );
}

/** What a call came to; errors travel as values so that this file alone decides what is a failure. */
type Outcome<Result> = { failed: boolean } & ({ result: Result } | { error: unknown });

class ConsecutiveFailureBreaker implements CircuitBreaker {
  readonly name: string;
  readonly #clock: Clock;
  readonly #halfOpenAfterMs: number;
  readonly #policy: CircuitBreakerPolicy;
  #openedAtMs = 0;

  constructor(name: string, options: CircuitBreakersOptions) {
    this.name = name;
    this.#clock = options.clock;
    this.#halfOpenAfterMs = options.halfOpenAfterMs ?? 10_000;
    this.#policy = circuitBreaker(
      handleWhenResult((outcome) => (outcome as Outcome<unknown>).failed),
      { breaker: new ConsecutiveBreaker(options.failuresToOpen ?? 5), halfOpenAfter: this.#openTime() },
    );
    this.#policy.onStateChange(() => options.onChange?.(this.status()));
  }

  get state(): BreakerState {
    switch (this.#policy.state) {
      case CircuitState.Closed:
        return 'closed';
      case CircuitState.HalfOpen:
        return 'half_open';
      default:
        return this.#restMs() > 0 ? 'open' : 'half_open';
    }
  }

  status(): BreakerStatus {
    const state = this.state;
    return { name: this.name, state, retryAfterSeconds: state === 'open' ? Math.ceil(this.#restMs() / 1_000) : 0 };
  }

  async execute<Result>(call: () => Promise<Result>, options: ExecuteOptions<Result> = {}): Promise<Result> {
    // The library lets calls wait for a running trial, beyond their own deadlines; refusing is what a breaker is for.
    const refusedBefore = this.#policy.state === CircuitState.HalfOpen || this.state === 'open';
    if (refusedBefore) throw this.#refusal();
    const outcome = await this.#policy.execute(() => attempt(call, options));
    if ('error' in outcome) throw outcome.error;
    return outcome.result;
  }

  #restMs(): number {
    return this.#openedAtMs + this.#halfOpenAfterMs - this.#clock.nowMs();
  }

  #refusal(): DomainError {
    return new DomainError('unavailable', 'A service behind this one does not answer. Repeat the request later.', {
      retryAfterSeconds: Math.max(1, Math.ceil(this.#restMs() / 1_000)),
      cause: new Error(`The circuit breaker ${this.name} is open`),
    });
  }

  /**
   * The library compares `duration` with machine time. Ours is asked at each call and answers by our clock: forever
   * while the time has not come, no time at all afterwards. So test clocks move breakers too.
   */
  #openTime() {
    const backoff = {
      next: () => {
        this.#openedAtMs = this.#clock.nowMs();
        return backoff;
      },
    } as { next(): typeof backoff; readonly duration: number };
    Object.defineProperty(backoff, 'duration', {
      get: () => (this.#restMs() > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY),
    });
    return backoff;
  }
}

async function attempt<Result>(call: () => Promise<Result>, options: ExecuteOptions<Result>): Promise<Outcome<Result>> {
  try {
    const result = await call();
    return { result, failed: options.isFailedResult?.(result) ?? false };
  } catch (error) {
    return { error, failed: (options.isFailure ?? isFailure)(error) };
  }
}

/**
 * Whether an error says that the dependency is unwell. Everything does, except our own refusals and answers that blame
 * the request (a 4xx status, an expected DomainError): those prove that the dependency works.
 */
export function isFailure(error: unknown): boolean {
  if (error instanceof OutgoingError) return ['timeout', 'connection', 'tls'].includes(error.reason);
  if (error instanceof DomainError) return ['upstream', 'unavailable', 'timeout', 'internal'].includes(error.kind);
  const { status, statusCode } = (error ?? {}) as { status?: unknown; statusCode?: unknown };
  const answered = typeof status === 'number' ? status : statusCode;
  return !(typeof answered === 'number' && answered >= 400 && answered < 500);
}
