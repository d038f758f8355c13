import type { NewEvent } from '#kernel/events/event.ts';

/** That a token was made; nothing of the card but its brand. */
export function cardTokenized(id: string, brand: string): NewEvent {
  return { type: 'card.tokenized', streamId: id, streamVersion: 1, data: { card: { id, brand } } };
}

/** That a card was forgotten with its owner. */
export function cardForgotten(id: string): NewEvent {
  return { type: 'card.forgotten', streamId: id, streamVersion: 2, data: { card: { id } } };
}
