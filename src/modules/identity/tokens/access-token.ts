import { randomUUID } from 'node:crypto';
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import type { Clock } from '#kernel/clock.ts';
import { SECOND_MS } from '#kernel/clock.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { OrganizationId } from '#kernel/ids.ts';
import { parseScopes } from '../scopes.ts';
import type { SigningKeys } from './signing-keys.ts';

/** Access tokens live exactly one hour (AUTH-02). */
export const ACCESS_TOKEN_SECONDS = 3600;
const ACCESS_TOKEN_TYPE = 'at+jwt';

/** What an access token says; RFC 9068 claims and our own (org_id, livemode, gid). */
export interface AccessTokenFacts {
  /** The user, or the client when no person stands behind the token. */
  subject: string;
  clientId: string;
  grantId: string;
  tenant: Tenant;
  scopes: readonly string[];
  /** Seconds since the epoch of the sign-in behind the token. */
  authTime?: number;
  methods?: readonly string[];
}

export interface VerifiedAccessToken extends AccessTokenFacts {
  tokenId: string;
  /** Seconds since the epoch. */
  issuedAt: number;
  expiresAt: number;
}

export interface IdTokenFacts {
  subject: string;
  clientId: string;
  tenant: Tenant;
  nonce: string | null;
  authTime: number;
  methods: readonly string[];
  sessionId: string;
}

/** Signs and checks the JWTs of this installation with its own keys only. */
export interface TokenSigner {
  issuer(): string;
  signAccessToken(facts: AccessTokenFacts): Promise<string>;
  signIdToken(facts: IdTokenFacts): Promise<string>;
  /** Null for anything but an unexpired access token of ours: other algorithm, type, issuer, audience or key. */
  verifyAccessToken(token: string): Promise<VerifiedAccessToken | null>;
}

export function createTokenSigner(keys: SigningKeys, clock: Clock, issuer: () => string): TokenSigner {
  async function sign(type: string, claims: Record<string, unknown>, audience: string, subject: string) {
    const key = await keys.current();
    const issuedAt = Math.floor(clock.nowMs() / SECOND_MS);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', typ: type, kid: key.id })
      .setIssuer(issuer())
      .setAudience(audience)
      .setSubject(subject)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + ACCESS_TOKEN_SECONDS)
      .sign(key.privateKey);
  }

  return {
    issuer,

    signAccessToken(facts) {
      const claims = {
        jti: randomUUID(),
        client_id: facts.clientId,
        scope: facts.scopes.join(' '),
        org_id: facts.tenant.orgId,
        livemode: facts.tenant.livemode,
        gid: facts.grantId,
        ...(facts.authTime !== undefined && { auth_time: facts.authTime, amr: facts.methods ?? [] }),
      };
      return sign(ACCESS_TOKEN_TYPE, claims, issuer(), facts.subject);
    },

    signIdToken(facts) {
      const claims = {
        auth_time: facts.authTime,
        amr: facts.methods,
        sid: facts.sessionId,
        org_id: facts.tenant.orgId,
        azp: facts.clientId,
        ...(facts.nonce !== null && { nonce: facts.nonce }),
      };
      return sign('JWT', claims, facts.clientId, facts.subject);
    },

    async verifyAccessToken(token) {
      try {
        // The key is chosen by us from the id in the header; the algorithm is never the token's choice.
        const { kid } = decodeProtectedHeader(token);
        const key = typeof kid === 'string' ? await keys.verificationKey(kid) : null;
        if (!key) return null;
        const { payload } = await jwtVerify(token, key, {
          algorithms: ['ES256'],
          typ: ACCESS_TOKEN_TYPE,
          issuer: issuer(),
          audience: issuer(),
          currentDate: clock.now(),
          requiredClaims: ['exp', 'iat', 'jti', 'sub', 'client_id', 'org_id', 'gid', 'scope'],
        });
        return factsOf(payload);
      } catch (error) {
        if (error instanceof errors.JOSEError || error instanceof TypeError) return null;
        throw error;
      }
    },
  };
}

function factsOf(payload: Record<string, unknown>): VerifiedAccessToken {
  return {
    subject: payload.sub as string,
    clientId: payload.client_id as string,
    grantId: payload.gid as string,
    tenant: { orgId: payload.org_id as OrganizationId, livemode: payload.livemode === true },
    scopes: parseScopes(payload.scope as string),
    tokenId: payload.jti as string,
    issuedAt: payload.iat as number,
    expiresAt: payload.exp as number,
    ...(payload.auth_time !== undefined && {
      authTime: payload.auth_time as number,
      methods: payload.amr as string[],
    }),
  };
}
