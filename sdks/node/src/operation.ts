import type { Casing } from './casing.ts';

/** How one operation of the contract is called; the generated tables are made of these. */
export interface OperationCall {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** With `{name}` for what the caller names. */
  path: string;
  /** What the object argument becomes; none when the operation takes nothing but what is in its path. */
  input?: 'query' | 'body';
  /** How its list goes on. */
  pages?: 'cursor' | 'number';
}

/** An edition of the API as this library sees it: generated from its contract. */
export interface Contract extends Casing {
  resources: Readonly<Record<string, Readonly<Record<string, OperationCall>>>>;
}

/** What one call may change. */
export interface RequestOptions {
  /** Made by itself for everything that changes something, so that a repetition has one effect. */
  idempotencyKey?: string;
  /** Refuse when the object is not of this version any more (412); `etagOf(answer)` of an earlier answer. */
  ifMatch?: string;
  timeoutMs?: number;
  maxRetries?: number;
  signal?: AbortSignal;
  headers?: Record<string, string>;
}
