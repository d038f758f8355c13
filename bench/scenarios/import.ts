import { createReadStream, createWriteStream, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { familyMicros, processorMicros, residentBytes } from '../support/process-usage.ts';
import type { Bench, Scenario } from '../support/scenario.ts';
import { databaseProcess } from '../support/server.ts';
import { number } from '../support/table.ts';

const MEGABYTE = 1_000_000;
const MEMORY_GOAL = 300;
const RATIO_GOAL = 0.1;
/** COPY takes few seconds, so the best of some counts: it is the baseline at its fastest. */
const COPIES = 3;
const COLUMNS = ['external_id', 'sku', 'name', 'description', 'price', 'currency', 'category', 'active'];

interface Job {
  id: string;
  status: string;
  progress: { rows_created: number; rows_failed: number };
}

/**
 * A file of products through `POST /imports`, from the first byte sent to the job completed, against `COPY` of the same
 * file by PostgreSQL itself into a table without an index.
 */
export const importProducts: Scenario = async (bench) => {
  const rows = bench.options.importRows;
  const file = join(bench.dataDirectory, '..', 'products.csv');
  await pipeline(Readable.from(lines(rows)), createWriteStream(file, { mode: 0o644 }));
  const copyMs = Math.min(...(await copies(bench, file)));
  const imported = await importFile(bench, file, rows);
  const megabytes = imported.peakBytes / MEGABYTE;
  const size = (statSync(file).size / MEGABYTE).toFixed(0);
  rmSync(file);
  const [baseline, ours] = [(rows * 1_000) / copyMs, (rows * 1_000) / imported.totalMs];
  const each = (micros: number) => `${(micros / rows).toFixed(1)} µs`;
  return [
    {
      work: `import of ${rows.toLocaleString('en-US')} products from CSV, against COPY without an index`,
      baseline: number(baseline),
      ours: number(ours),
      ratio: (ours / baseline).toFixed(3),
      goal: `≥ ${RATIO_GOAL.toFixed(2)}`,
      met: ours / baseline >= RATIO_GOAL,
      notes: [
        `${size} MB; COPY ${(copyMs / 1_000).toFixed(1)} s, import ${(imported.totalMs / 1_000).toFixed(1)} s, of that ${(imported.uploadMs / 1_000).toFixed(1)} s to receive and look at the file`,
        `processor time a row: ${each(imported.processorMicros)} of the server, ${each(imported.databaseMicros)} of PostgreSQL`,
      ],
    },
    {
      work: 'most memory of the server while it imports, without PostgreSQL',
      baseline: '–',
      ours: `${megabytes.toFixed(0)} MB`,
      ratio: '–',
      goal: `< ${MEMORY_GOAL} MB`,
      met: megabytes < MEMORY_GOAL,
    },
  ];
};

let runs = 0;

/** One import of new products, for a profile. */
export async function importOnce(bench: Bench, rows: number) {
  const file = join(bench.dataDirectory, '..', 'profiled.csv');
  await pipeline(Readable.from(lines(rows, `run-${++runs}`)), createWriteStream(file));
  const { totalMs, processorMicros: micros } = await importFile(bench, file, rows);
  rmSync(file);
  return { perSecond: (rows * 1_000) / totalMs, microsPerRequest: micros / rows };
}

function* lines(rows: number, name = 'row'): Iterable<string> {
  yield `${COLUMNS.join(',')}\n`;
  for (let from = 1; from <= rows; from += 1_000) {
    let text = '';
    for (let row = from; row < from + 1_000 && row <= rows; row++) {
      text += `ext-${name}-${row},IMP-${name}-${row},Steel bolt M${row % 64},"Zinc plated, grade 8.8, lot ${row}",${100 + (row % 9_000)},USD,hardware,true\n`;
    }
    yield text;
  }
}

async function copies(bench: Bench, file: string): Promise<number[]> {
  const took: number[] = [];
  for (let round = 0; round < COPIES; round++) took.push(await copy(bench, file));
  return took;
}

async function copy({ database }: Bench, file: string): Promise<number> {
  await database.query(`create table copied_products (external_id text, sku text, name text, description text,
    price bigint, currency text, category text, active boolean)`);
  const startedMs = performance.now();
  await database.query(`copy copied_products from '${file}' (format csv, header)`);
  const tookMs = performance.now() - startedMs;
  await database.query('drop table copied_products');
  return tookMs;
}

async function importFile({ api, server, dataDirectory }: Bench, file: string, rows: number) {
  const database = databaseProcess(dataDirectory);
  const [before, databaseBefore] = [processorMicros(server.processId), familyMicros(database)];
  const startedMs = performance.now();
  const response = await fetch(`${api.baseUrl}/imports?resource=products`, {
    method: 'POST',
    headers: { ...api.headers, 'content-type': 'text/csv' },
    body: Readable.toWeb(createReadStream(file)) as ReadableStream,
    duplex: 'half',
  } as RequestInit);
  let job = (await response.json()) as Job;
  if (response.status !== 202) throw new Error(`POST /imports answered ${response.status}: ${JSON.stringify(job)}`);
  const uploadMs = performance.now() - startedMs;
  let peakBytes = residentBytes(server.processId);
  while (job.status === 'queued' || job.status === 'running') {
    await delay(50);
    job = await api.call<Job>('GET', `/jobs/${job.id}`);
    peakBytes = Math.max(peakBytes, residentBytes(server.processId));
  }
  const totalMs = performance.now() - startedMs;
  if (job.progress.rows_created !== rows) throw new Error(`Not all rows were created: ${JSON.stringify(job)}`);
  return {
    totalMs,
    uploadMs,
    peakBytes,
    processorMicros: processorMicros(server.processId) - before,
    databaseMicros: familyMicros(database) - databaseBefore,
  };
}
