import type { Sealing } from '#kernel/crypto/sealing.ts';
import { prepared } from '#kernel/database/statement.ts';
import type { Consumer } from '#kernel/events/bus.ts';

const forget = prepared('delete from audit.subject_keys where subject_id = any($1::text[])');

/** From where a person acted cannot be read any more once the person was erased, here and in every log (C-89). */
export function createErasedPersonsConsumer(sealing: Sealing): Consumer {
  return {
    name: 'audit.erased-persons',
    sources: ['identity'],
    types: ['user.erased'],
    async handle(events, tx) {
      await tx.run([forget([events.map((event) => event.streamId)])]);
    },
    committed(events) {
      for (const event of events) sealing.forget(event.streamId);
    },
  };
}
