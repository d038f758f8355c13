import type { NewEvent } from '#kernel/events/event.ts';

/** That a token was made; nothing of the card but its brand. */
export function cardTokenized(id: string, brand: string): NewEvent {
  return { type: 'card.tokenized', streamId: id, streamVersion: 1, data: { card: { id, brand } } };
}
