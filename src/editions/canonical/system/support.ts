import { type Static, Type } from 'typebox';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import { orNull } from '../common/shapes.ts';

/** Whom clients of this installation turn to; null where its operator named nobody (V1-127). */
export interface SupportContacts {
  email: string | null;
  securityEmail: string | null;
  chatUrl: string | null;
  statusUrl: string | null;
}

const SupportView = Type.Object(
  {
    email: orNull(Type.String({ description: 'General questions.' })),
    security_email: orNull(Type.String({ description: 'Security issues.' })),
    chat_url: orNull(Type.String({ description: 'Where developers talk.' })),
    status_url: orNull(Type.String({ description: 'The status page.' })),
    include: Type.Array(Type.String(), { description: 'What to send, so that nobody has to ask you back.' }),
  },
  { $id: 'Support' },
);

const INCLUDE = [
  'X-Request-Id of the failing request',
  'timestamp with its time zone',
  'the full error response',
  'the code that sent the request, without its credential',
];

/** GET /support. */
export function supportOperation(contacts: SupportContacts): Operation {
  return operation({
    id: 'documents.support',
    method: 'GET',
    path: '/support',
    summary: 'Where to get help',
    description: 'The addresses of whoever runs this installation, and what to send them.',
    access: { public: 'who cannot sign in needs help too; it is documentation (C-06)' },
    responses: { 200: { description: 'The addresses.', schema: SupportView } },
    errors: [],
    handle() {
      const { email, securityEmail, chatUrl, statusUrl } = contacts;
      const addresses = { email, security_email: securityEmail, chat_url: chatUrl, status_url: statusUrl };
      return ok({ ...addresses, include: INCLUDE } satisfies Static<typeof SupportView>);
    },
  });
}
