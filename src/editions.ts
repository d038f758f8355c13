import type { CursorCodec } from '#editions/canonical/common/pages.ts';
import { canonicalPipeline } from '#editions/canonical/pipeline.ts';
import { type CanonicalModules, canonicalEdition } from '#editions/canonical/routes.ts';
import type { SystemStatus } from '#editions/canonical/system/system.ts';
import { V1_DOOR } from '#editions/v1/keys/door.ts';
import { v1Pipeline } from '#editions/v1/pipeline.ts';
import { type V1Modules, v1Edition } from '#editions/v1/routes.ts';
import { V2_DOOR } from '#editions/v2/key-door.ts';
import { v2Pipeline } from '#editions/v2/pipeline.ts';
import { v2Edition } from '#editions/v2/routes.ts';
import type { EditionContract } from '#gateway/contract/edition.ts';
import type { GatewayParts } from '#gateway/parts.ts';
import type { Edition } from '#gateway/server.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Identity } from '#modules/identity/index.ts';

export type EditionName = 'canonical' | 'v1' | 'v2';
export type Contracts = Readonly<Record<EditionName, EditionContract>>;

/** What every edition promises. The system tells clients about the editions, so it learns of them here. */
export function declareEditions(
  modules: CanonicalModules & V1Modules,
  { cursors, system, clock }: { cursors: CursorCodec; system: SystemStatus; clock: Clock },
): Contracts {
  const contracts: Contracts = {
    canonical: canonicalEdition(modules, cursors, system),
    v1: v1Edition(modules, clock),
    v2: v2Edition(modules),
  };
  system.editions = () => Object.values(contracts);
  return contracts;
}

/** The limits that operations declare for themselves (RATE-08), by their id; settings come first, `*` stands for all. */
function endpointLimits(contracts: Contracts, { '*': every, ...configured }: Readonly<Record<string, number>>) {
  const operations = Object.values(contracts).flatMap((contract: EditionContract) => contract.operations);
  const declared = operations.flatMap(({ id, limitPerMinute }) =>
    limitPerMinute ? [[id, every ?? limitPerMinute]] : [],
  );
  return { ...(Object.fromEntries(declared) as Record<string, number>), ...configured };
}

/** Each edition with the way of its requests. */
export function serveEditions(contracts: Contracts, given: GatewayParts, identity: Identity): Edition[] {
  const endpointsPerMinute = endpointLimits(contracts, given.limits.endpointsPerMinute);
  const parts = { ...given, limits: { ...given.limits, endpointsPerMinute } };
  const { authenticate, authenticateKey } = identity;
  return [
    { contract: contracts.canonical, pipeline: canonicalPipeline({ ...parts, authenticate }) },
    {
      contract: contracts.v1,
      pipeline: v1Pipeline({
        ...parts,
        authenticateKey: (key, ipAddress) => authenticateKey(key, V1_DOOR, ipAddress),
        authenticateUser: authenticate,
      }),
    },
    {
      contract: contracts.v2,
      pipeline: v2Pipeline({ ...parts, authenticateKey: (key, ipAddress) => authenticateKey(key, V2_DOOR, ipAddress) }),
    },
  ];
}
