import { startPostgresProxy } from './postgres-proxy.ts';

/** What went to PostgreSQL since the counters were last set to zero. */
export interface Traffic {
  /** Bursts from the client that followed an answer: how often somebody waited for PostgreSQL. */
  roundTrips: number;
  /** Statements that were executed, `begin` and `commit` among them. */
  statements: number;
}

export interface CountingProxy {
  port: number;
  /** Counts of the sessions whose `application_name` passes, since it was last called. */
  take(counts: (applicationName: string) => boolean): Traffic;
  close(): void;
}

interface Line extends Traffic {
  name: string;
}

export async function startCountingProxy(target: { host: string; port: number }): Promise<CountingProxy> {
  const lines = new Set<Line>();
  const proxy = await startPostgresProxy(target, () => {
    const line: Line = { name: '', roundTrips: 0, statements: 0 };
    lines.add(line);
    return {
      named(name) {
        line.name = name;
      },
      asked() {
        line.roundTrips++;
      },
      message(type) {
        if (type === 'E' || type === 'Q') line.statements++;
      },
      closed() {
        lines.delete(line);
      },
    };
  });
  return {
    ...proxy,
    take(counts) {
      const traffic: Traffic = { roundTrips: 0, statements: 0 };
      for (const line of lines) {
        if (counts(line.name)) {
          traffic.roundTrips += line.roundTrips;
          traffic.statements += line.statements;
        }
        line.roundTrips = 0;
        line.statements = 0;
      }
      return traffic;
    },
  };
}
