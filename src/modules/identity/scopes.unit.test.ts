import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  ALL_SCOPES,
  checkGrantable,
  ORGANIZATION_SCOPES,
  PROTOCOL_SCOPES,
  parseScopes,
  ROLE_SCOPES,
  scopesWithin,
} from './scopes.ts';

test('SOC-02 C-13 a viewer reads the business, a member also writes it, an admin does everything inside', () => {
  assert.deepEqual(
    ROLE_SCOPES.viewer.filter((scope) => !scope.endsWith(':read')),
    [],
  );
  for (const hidden of ['audit:read', 'api_keys:read', 'oauth_clients:read']) {
    assert.ok(!(ROLE_SCOPES.viewer as readonly string[]).includes(hidden), hidden);
  }
  for (const scope of ROLE_SCOPES.viewer) assert.ok(ROLE_SCOPES.member.includes(scope));
  for (const scope of ROLE_SCOPES.member) assert.ok(ROLE_SCOPES.admin.includes(scope));
  for (const kept of ['users:write', 'organizations:write', 'api_keys:write', 'oauth_clients:write', 'audit:read']) {
    assert.ok(!(ROLE_SCOPES.member as readonly string[]).includes(kept), kept);
    assert.ok((ROLE_SCOPES.admin as readonly string[]).includes(kept), kept);
  }
  assert.ok(ROLE_SCOPES.member.includes('orders:write'));
});

test('AUTH-15 C-14 no role and no client of an organisation may have platform:admin', () => {
  for (const scopes of [...Object.values(ROLE_SCOPES), ORGANIZATION_SCOPES]) {
    assert.ok(!(scopes as readonly string[]).includes('platform:admin'));
  }
});

const anyScopes = fc.subarray([...ALL_SCOPES, ...PROTOCOL_SCOPES, 'unknown:scope']);
const anyRole = fc.constantFrom('viewer', 'member', 'admin');

test('SOC-02 AUTH-14 whatever is asked for, a token stays within its client and the role of its person', () => {
  fc.assert(
    fc.property(anyScopes, anyScopes, anyRole, fc.boolean(), (asked, clientScopes, role, platformStaff) => {
      for (const scope of scopesWithin({ clientScopes, role, platformStaff }, asked)) {
        assert.ok(asked.includes(scope));
        if (PROTOCOL_SCOPES.includes(scope)) continue;
        assert.ok(clientScopes.includes(scope));
        const isStaffScope = platformStaff && scope === 'platform:admin';
        assert.ok((ROLE_SCOPES[role] as readonly string[]).includes(scope) || isStaffScope);
      }
    }),
  );
});

test('SOC-02 a client that acts for itself is bound by its own scopes and has none of OpenID', () => {
  fc.assert(
    fc.property(anyScopes, anyScopes, (asked, clientScopes) => {
      const expected = asked.filter((scope) => clientScopes.includes(scope) && !PROTOCOL_SCOPES.includes(scope));
      assert.deepEqual(scopesWithin({ clientScopes }, asked), expected);
    }),
  );
});

test('C-14 C-24 a person of the platform gets platform:admin with a second factor only', () => {
  const bounds = { clientScopes: ['platform:admin'], role: 'admin' as const };
  assert.deepEqual(scopesWithin(bounds, ['platform:admin']), []);
  assert.deepEqual(scopesWithin({ ...bounds, platformStaff: true }, ['platform:admin']), ['platform:admin']);
});

test('SOC-02 the refusal to hand out names the scope that is missing', () => {
  assert.throws(() => checkGrantable(['users:read', 'orders:write'], new Set(['users:read'])), {
    kind: 'forbidden',
    message: /orders:write/,
  });
  checkGrantable(['users:read'], new Set(['users:read', 'orders:write']));
});

test('AUTH-07 a scope list is split at spaces, each name once', () => {
  assert.deepEqual(parseScopes(' a  b a '), ['a', 'b']);
  assert.deepEqual(parseScopes(undefined), []);
});
