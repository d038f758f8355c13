import { createCursors } from '#editions/canonical/common/cursors.ts';
import { openKeyring } from '#kernel/crypto/keyring.ts';
import { requestText } from '../load/load-order.ts';
import { describe, loadDuel } from '../support/measure.ts';
import type { Bench, Scenario } from '../support/scenario.ts';
import { fillProducts, seededId } from '../support/seed.ts';
import { number } from '../support/table.ts';

const PAGE = 25;
const NEAR = 10;

/** A page of 25 by cursor near the start of the list and at its far end: the depth must not matter. */
export const list: Scenario = async (bench) => {
  const { database, api, options, say } = bench;
  const far = options.products - 100;
  say(`Seeding ${options.products.toLocaleString('en-US')} products.`);
  await fillProducts(database, api.organizationId, options.products);
  const contender = (position: number) => ({
    processId: bench.server.processId,
    port: api.port,
    requests: [requestText('GET', `/products?limit=${PAGE}&cursor=${cursorAt(bench, position)}`, api.headers)],
    expected: [200],
  });
  await assertPage(bench, far);
  const { baseline, ours } = await loadDuel(bench.load, options, { baseline: contender(NEAR), ours: contender(far) });
  const ratio = ours.perSecond / baseline.perSecond;
  return [
    {
      work: `list of ${PAGE} by cursor, row ${NEAR} against row ${far.toLocaleString('en-US')}`,
      baseline: number(baseline.perSecond),
      ours: number(ours.perSecond),
      ratio: ratio.toFixed(2),
      goal: '0.67 – 1.50',
      met: ratio >= 1 / 1.5 && ratio <= 1.5,
      notes: [`row ${NEAR}: ${describe(baseline)}`, `row ${far}: ${describe(ours)}`],
    },
  ];
};

/**
 * The cursor after the row at `position`. Clients walk there page by page; with the installation's key at hand we need not.
 */
function cursorAt({ options, dataDirectory }: Bench, position: number): string {
  const { indexKey } = openKeyring({ file: `${dataDirectory}/keyring.json` });
  // The list is newest first, and the seeded products are the oldest.
  return createCursors(indexKey).encode('products.list?{}', `>${seededId(options.products - position)}`);
}

async function assertPage(bench: Bench, position: number): Promise<void> {
  const path = `/products?limit=${PAGE}&cursor=${cursorAt(bench, position)}`;
  const { data } = await bench.api.call<{ data: { id: string }[] }>('GET', path);
  const expected = seededId(bench.options.products - position - 1);
  if (data.length !== PAGE || data[0]!.id !== expected) throw new Error(`The page at row ${position} is another one`);
}
