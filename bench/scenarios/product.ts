import { requestText } from '../load/load-order.ts';
import { startHelper } from '../support/child.ts';
import { type Contender, loadDuel, ratioRow } from '../support/measure.ts';
import type { Bench, Scenario } from '../support/scenario.ts';
import { makeProducts } from '../support/seed.ts';

/** The hot read: `GET /products/:id` with everything on, against bare `node:http` that sends the same bytes. */
export const product: Scenario = async (bench) => {
  const ours = await productContender(bench, 20);
  const answer = await fetch(`${bench.api.baseUrl}${ours.path}`, { headers: bench.api.headers });
  const headers = Object.fromEntries(answer.headers);
  // These three are Node's own; it writes them for the baseline too.
  for (const name of ['connection', 'keep-alive', 'date']) delete headers[name];
  const body = await answer.text();
  const helper = startHelper('baselines/bare-http.ts');
  try {
    const { port } = await helper.ask<{ port: number }>({ headers, body });
    const baseline = { ...ours, processId: helper.processId, port };
    const result = await loadDuel(bench.load, bench.options, { baseline, ours });
    const bytes = `${Buffer.byteLength(body)} bytes of JSON and the same ${Object.keys(headers).length} headers from both`;
    return [ratioRow('GET /products/:id, cached, against node:http', result, 0.3, [bytes])];
  } finally {
    helper.stop();
  }
};

/** Reads of `count` products in turn. */
export async function productContender(bench: Bench, count: number): Promise<Contender & { path: string }> {
  const ids = await makeProducts(bench.api, count);
  return {
    path: `/products/${ids[0]}`,
    processId: bench.server.processId,
    port: bench.api.port,
    requests: ids.map((id) => requestText('GET', `/products/${id}`, bench.api.headers)),
    expected: [200],
  };
}
