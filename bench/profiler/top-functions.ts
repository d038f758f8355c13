/** One line of a profile: what ran, and its share of the time in which the process did not wait. */
export interface HotSpot {
  share: number;
  name: string;
  place: string;
}

interface CallFrame {
  functionName: string;
  url: string;
  lineNumber: number;
}
interface ProfileNode {
  id: number;
  callFrame: CallFrame;
  children?: number[];
}
interface CpuProfile {
  nodes: ProfileNode[];
  samples: number[];
  timeDeltas: number[];
}

/** Waiting, and the profiler itself. */
const NOT_WORK = new Set(['(idle)', '(root)']);
const PROFILER = 'node:inspector';

/** The functions with the most time of their own. */
export function topFunctions(text: string, count: number): HotSpot[] {
  return hottest(text, count, (path) => {
    const { functionName, url, lineNumber } = path[0]!;
    const place = shortPlace(url);
    return [functionName || '(anonymous)', place && `${place}:${lineNumber + 1}`];
  });
}

/**
 * The files of ours (else the package, else what Node calls it) on whose behalf time was spent: a system call counts for
 * the code that made it, as far as the stack tells.
 */
export function topCallers(text: string, count: number): HotSpot[] {
  return hottest(text, count, (path) => {
    const own = path.find((frame) => isOurs(frame.url));
    if (own) return [shortPlace(own.url), ''];
    const other = path.find((frame) => packageOf(frame.url));
    return [other ? packageOf(other.url) : path[0]!.functionName, ''];
  });
}

function hottest(text: string, count: number, keyOf: (path: CallFrame[]) => string[]): HotSpot[] {
  const { nodes, samples, timeDeltas } = JSON.parse(text) as CpuProfile;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)));
  const keys = new Map<number, string | null>();
  const keyOfNode = (id: number) => {
    const path: CallFrame[] = [];
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) path.push(byId.get(at)!.callFrame);
    const isWork = !NOT_WORK.has(path[0]!.functionName) && !path.some((frame) => frame.url.startsWith(PROFILER));
    return isWork ? keyOf(path).join('\t') : null;
  };
  const times = new Map<string, number>();
  let busy = 0;
  samples.forEach((id, index) => {
    if (!keys.has(id)) keys.set(id, keyOfNode(id));
    const key = keys.get(id);
    if (key === null || key === undefined) return;
    busy += timeDeltas[index]!;
    times.set(key, (times.get(key) ?? 0) + timeDeltas[index]!);
  });
  const sorted = [...times].sort((a, b) => b[1] - a[1]).slice(0, count);
  return sorted.map(([key, time]) => {
    const [name = '', place = ''] = key.split('\t');
    return { share: time / busy, name, place };
  });
}

function isOurs(url: string): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/') && url.includes('/src/');
}

function packageOf(url: string): string {
  if (url.startsWith('node:')) return url.replace(/^(node:[a-z_]+\/[a-z_]+|node:[a-z_]+).*$/, '$1');
  const found = /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url);
  return found ? found[1]! : '';
}

function shortPlace(url: string): string {
  return url.replace(/^.*\/node_modules\//, '').replace(/^file:.*\/(src|bench)\//, '$1/');
}
