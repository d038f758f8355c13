import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A helper process of the bench that answers messages; it ends with us, because the channel closes. */
export interface Helper {
  processId: number;
  ask<Answer>(question: unknown): Promise<Answer>;
  stop(): void;
}

/** Starts `bench/<file>` as a process. Errors of `ask`: the process ended, or it answered `{ failure }`. */
export function startHelper(file: string): Helper {
  const child: ChildProcess = fork(fileURLToPath(new URL(`../${file}`, import.meta.url)), { execArgv: [] });
  const ended = once(child, 'exit').then(([code]) => [{ failure: `${file} ended with code ${code}` }]);
  return {
    processId: child.pid!,
    async ask<Answer>(question: unknown) {
      child.send(question as object);
      const [answer] = await Promise.race([once(child, 'message'), ended]);
      if (answer && typeof answer === 'object' && 'failure' in answer) throw new Error(String(answer.failure));
      return answer as Answer;
    },
    stop: () => void child.kill(),
  };
}
