/** One line of a profile: a function and the share of the time that was spent in it itself. */
export interface HotFunction {
  share: number;
  name: string;
  place: string;
}

interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number }; children?: number[] }[];
  samples: number[];
  timeDeltas: number[];
}

const WAITING = new Set(['(idle)', '(root)']);

/** The functions with the most self time of a `.cpuprofile`, as shares of the time the process was not waiting. */
export function topFunctions(text: string, count: number): HotFunction[] {
  const profile = JSON.parse(text) as CpuProfile;
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const selfTime = new Map<string, number>();
  let busy = 0;
  profile.samples.forEach((id, index) => {
    const { functionName, url, lineNumber } = frames.get(id)!;
    if (WAITING.has(functionName)) return;
    const delta = profile.timeDeltas[index]!;
    busy += delta;
    const key = `${functionName || '(anonymous)'}\t${placeOf(url, lineNumber)}`;
    selfTime.set(key, (selfTime.get(key) ?? 0) + delta);
  });
  const sorted = [...selfTime].sort((a, b) => b[1] - a[1]).slice(0, count);
  return sorted.map(([key, time]) => {
    const [name = '', place = ''] = key.split('\t');
    return { share: time / busy, name, place };
  });
}

function placeOf(url: string, line: number): string {
  const path = url.replace(/^.*\/node_modules\//, '').replace(/^file:.*\/(src|bench)\//, '$1/');
  return path ? `${path}:${line + 1}` : '';
}
