import { systemContext } from '#kernel/context.ts';
import { newId } from '#kernel/ids.ts';
import type { Cause, NewClient, Role, User } from '#modules/identity/index.ts';
import type { TestApp, TestOrganization } from '#test/support/app.ts';

export const PASSWORD = 'correct horse battery staple';
export const CALLBACK = 'https://app.example/callback';

export function contextOf(organization: TestOrganization) {
  return systemContext('test', organization.tenant, { requestId: newId('req'), traceparent: '' });
}

/** Somebody of the organisation who can sign in. */
export async function newPerson(
  app: TestApp,
  organization: TestOrganization,
  options: { role?: Role; email?: string } = {},
): Promise<User> {
  const { identity } = app.platform.modules;
  const context = contextOf(organization);
  const email = options.email ?? `${newId('usr').slice(-10)}@example.com`;
  const user = await identity.createUser(context, { name: 'Ada Lovelace', email, role: options.role ?? 'admin' });
  return identity.setPassword(context, user.id, { password: PASSWORD, byAdmin: true });
}

/** A program that people sign in to. */
export async function newApplication(app: TestApp, organization: TestOrganization, options: Partial<NewClient> = {}) {
  const { client, secret } = await app.platform.modules.identity.createClient(contextOf(organization), {
    name: 'Back office app',
    type: 'public',
    redirectUris: [CALLBACK],
    scopes: ['products:read', 'products:write', 'users:read', 'users:write'],
    ...options,
  });
  return { id: client.id as string, secret };
}

/** What a public endpoint knows of its caller, for calls of the service itself. */
export function anonymousCause(): Cause {
  return {
    origin: { ipAddress: '127.0.0.1', userAgent: 'test' },
    requestId: newId('req'),
    traceparent: '',
    operation: 'test',
    effects: { events: 0 },
  };
}
