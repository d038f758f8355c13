import type { SealedParts } from '#kernel/crypto/reseal.ts';
import { MAIL_CONTEXT, SEND_MAIL_JOB } from './mail/outgoing-mail.ts';
import { successorContext } from './oauth/refresh.ts';
import { RESET_CONTEXT, RESET_JOB } from './passwords/passwords.service.ts';
import { signingKeyContext } from './tokens/signing-keys.ts';

/** What of this module lies under the master keys themselves, and not under the key of a person. */
export const identitySealed: SealedParts = {
  columns: [
    {
      table: 'signing_keys',
      column: 'private_key',
      key: ['id'],
      owner: 'platform',
      context: ({ id }) => signingKeyContext(id),
    },
    {
      table: 'refresh_tokens',
      column: 'successor',
      key: ['token_hash'],
      owner: 'organization',
      context: ({ grant_id: grantId }) => successorContext(grantId),
    },
  ],
  jobs: [
    { kind: SEND_MAIL_JOB, field: 'mail', owner: 'organization', context: MAIL_CONTEXT },
    { kind: RESET_JOB, field: 'email', owner: 'platform', context: RESET_CONTEXT },
  ],
};
