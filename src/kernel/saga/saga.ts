import type { CommandContext } from '../context.ts';
import type { Json } from '../events/event.ts';

/** What a saga remembers between its steps; plain data, stored after each step. */
export type SagaState = Record<string, Json>;

/**
 * One step and, beside it, what undoes it. Both must be safe to repeat, because a process may die after the effect and
 * before it is noted. `compensate` also runs for the step that failed, whose effect may be half there.
 */
export interface SagaStep<State extends SagaState> {
  name: string;
  run(state: State, context: CommandContext): Promise<Partial<State> | undefined>;
  compensate?(state: State, context: CommandContext): Promise<void>;
}

/** Multi-module work as a list of steps, in order. */
export interface SagaDefinition<State extends SagaState, Outcome> {
  name: string;
  steps: readonly SagaStep<State>[];
  /** The answer, built after the last step. */
  outcome(state: State, context: CommandContext): Promise<Outcome>;
}

/** Called at each boundary (`order.confirm:reserve-stock:before`); crash tests kill the process there. */
export type BoundaryHook = (boundary: string) => void;
