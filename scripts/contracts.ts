import type { CursorCodec } from '#editions/canonical/common/pages.ts';
import type { CanonicalModules } from '#editions/canonical/routes.ts';
import type { SystemStatus } from '#editions/canonical/system/system.ts';
import { EVENT_SAMPLES } from '#editions/canonical/webhooks/event-samples.ts';
import type { V1Modules } from '#editions/v1/routes.ts';
import type { EditionContract } from '#gateway/contract/edition.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Json } from '#kernel/events/event.ts';
import type { Operation } from '#kernel/http/operation.ts';
import { ALL_EVENT_TYPES, EVENT_DESCRIPTIONS } from '#modules/webhooks/index.ts';
import { VERSION } from '#src/assembly.ts';
import { type Contracts, declareEditions } from '#src/editions.ts';
import { configurationReference, errorReference } from './references.ts';
import { type OpenApi, sdkModule } from './sdk-types.ts';

/** /v1 is kept for programs that exist; new ones get a library for the other two. */
const SDK_EDITIONS = ['canonical', 'v2'];

/** The operations and contracts of every edition, without a database behind them: they declare, they cannot answer. */
export function declaredEditions(): Contracts {
  const system = { version: VERSION } as SystemStatus;
  return declareEditions(unconnected<CanonicalModules & V1Modules>(), {
    cursors: unconnected<CursorCodec>(),
    system,
    clock: unconnected<Clock>(),
  });
}

/** Every operation of every edition. */
export function declaredOperations(): Operation[] {
  return Object.values(declaredEditions()).flatMap((edition: EditionContract) => edition.operations);
}

/** Stands for something whose methods are never called while operations are declared. */
function unconnected<Shape extends object>(): Shape {
  const refuse = () => {
    throw new Error('Contracts are printed without modules: an operation must not call one while it is declared');
  };
  return new Proxy(refuse, { get: () => unconnected() }) as unknown as Shape;
}

/** Every generated file with its text, by its path from the project's folder; `npm run generate` writes them. */
export function generatedFiles(): Map<string, string> {
  const editions: EditionContract[] = Object.values(declaredEditions());
  const { openapi } = editions.find(({ prefix }) => prefix === '')!;
  const files = new Map<string, string>([
    ...editions.map(({ name, openapi: contract }): [string, string] => [
      `contracts/openapi.${name}.json`,
      print(contract),
    ]),
    ...editions
      .filter(({ name }) => SDK_EDITIONS.includes(name))
      .map(({ name, openapi: contract }): [string, string] => [
        `sdks/node/src/generated/${name}.ts`,
        sdkModule(name, contract as unknown as OpenApi),
      ]),
    ['docs/configuration.md', configurationReference()],
    ['docs/errors.md', errorReference(editions)],
  ]);
  const { Event: envelope } = (openapi.components as { schemas: Record<string, object> }).schemas;
  if (!envelope) throw new Error('The contract has no schema "Event", from which those of the public events derive');
  for (const type of ALL_EVENT_TYPES) files.set(`contracts/events/${type}.json`, print(eventSchema(type, envelope)));
  return files;
}

/**
 * One public event as JSON Schema: the envelope that the API answers with, and `data` as its documented sample shows it.
 * The objects in it may gain fields; those that are named stay.
 */
function eventSchema(type: (typeof ALL_EVENT_TYPES)[number], envelope: object): object {
  const sample = EVENT_SAMPLES[type];
  const { properties, ...rest } = envelope as { properties: Record<string, object> };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: type,
    description: EVENT_DESCRIPTIONS[type],
    ...rest,
    properties: { ...properties, type: { const: type }, data: shapeOf(sample.data as Json) },
    examples: [sample],
  };
}

function shapeOf(sample: Json): object {
  if (sample === null) return {};
  if (Array.isArray(sample)) return { type: 'array', ...(sample.length > 0 && { items: shapeOf(sample[0]!) }) };
  if (typeof sample === 'object') {
    const properties = Object.fromEntries(
      Object.entries(sample).map(([name, value]) => [name, shapeOf(value as Json)]),
    );
    return { type: 'object', required: Object.keys(properties), properties };
  }
  return { type: Number.isInteger(sample) ? 'integer' : typeof sample };
}

function print(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
