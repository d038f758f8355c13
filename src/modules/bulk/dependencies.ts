import type { SealedFiles } from '#kernel/files/sealed-files.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Resources } from './target.ts';

/** What all parts of the module work with. */
export interface BulkParts {
  kit: ModuleKit;
  files: SealedFiles;
  resources: Resources;
  limits: BulkLimits;
}

export interface BulkLimits {
  /** Rows of one transaction of a target. */
  batchRows: number;
  /** Unfinished jobs of one organisation. */
  openJobs: number;
  /** Bytes of files that are kept for one organisation and mode; with more of them nothing new begins. */
  keptBytes: number;
  /** Jobs that one process works on at once; others wait for their turn. */
  workers: number;
  /** Files that one process receives at once for one organisation. */
  uploads: number;
  /** Rows that an import may refuse before it gives up. */
  failedRows: number;
  /** How long a job works before it lets others have a turn. */
  sliceMs: number;
}

export const STANDARD_LIMITS: BulkLimits = {
  batchRows: 1_000,
  openJobs: 20,
  keptBytes: 10 * 1024 ** 3,
  workers: 2,
  uploads: 3,
  failedRows: 100_000,
  sliceMs: 15_000,
};
