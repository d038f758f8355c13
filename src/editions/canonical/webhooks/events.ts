import { Type } from 'typebox';
import { enumOf, id, object, optional, text, timestamp } from '#kernel/http/fields.ts';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import { ALL_EVENT_TYPES, EVENT_DESCRIPTIONS, type Webhooks } from '#modules/webhooks/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { idView, Timestamp } from '../common/shapes.ts';
import { EVENT_SAMPLES } from './event-samples.ts';
import { readableTypes, requireEventScopes } from './event-scopes.ts';

const EventId = object({ id: id('evt') });
const EventQuery = object({
  ...pageQuery,
  type: optional(enumOf(ALL_EVENT_TYPES)),
  object_id: optional(text({ max: 64, description: 'The object that changed, such as an order.' })),
  created_after: optional(timestamp()),
  created_before: optional(timestamp()),
});

/** The same fields as the body of a delivery. */
const EventView = Type.Object(
  {
    id: idView('evt'),
    type: Type.String({ examples: ['order.created'] }),
    created_at: Timestamp,
    object_id: Type.String(),
    sequence: Type.Integer({ description: 'Counts the changes of this object.' }),
    livemode: Type.Boolean(),
    data: Type.Unknown({ description: 'Depends on the type; see /event-types.' }),
  },
  { $id: 'Event' },
);
const EventTypeView = Type.Object(
  { name: Type.String(), description: Type.String(), sample: EventView },
  { $id: 'EventType' },
);

/** /events and /event-types. */
export function eventOperations(webhooks: Webhooks, cursors: CursorCodec): Operation[] {
  const list = operation({
    id: 'events.list',
    method: 'GET',
    path: '/events',
    summary: 'List events',
    description:
      'The public events of the last 30 days, newest first, whether or not a webhook was there: compare to be sure that you missed none. You see those whose objects your scopes let you read.',
    access: { scope: 'events:read' },
    query: EventQuery,
    responses: { 200: { description: 'A page of events.', schema: pageOf(EventView) } },
    errors: [],
    async handle({ tenant, principal, query }) {
      const name = listName('events.list', query);
      if (query.type) requireEventScopes(principal, [query.type]);
      const filter = {
        types: query.type ? [query.type] : readableTypes(principal),
        objectId: query.object_id,
        createdAfter: query.created_after,
        createdBefore: query.created_before,
      };
      const page = await webhooks.listEvents(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, (event) => event);
    },
  });

  const get = operation({
    id: 'events.get',
    method: 'GET',
    path: '/events/:id',
    summary: 'Get an event',
    description: 'One event of the last 30 days, exactly as webhooks received it.',
    access: { scope: 'events:read' },
    params: EventId,
    responses: { 200: { description: 'The event.', schema: EventView } },
    errors: [],
    async handle({ tenant, principal, params }) {
      const event = await webhooks.getEvent(tenant, params.id);
      requireEventScopes(principal, [event.type]);
      return ok(event);
    },
  });

  const types = operation({
    id: 'event_types.list',
    method: 'GET',
    path: '/event-types',
    summary: 'List the types of events',
    description: 'Every event that a webhook can subscribe to, with a sample.',
    access: { scope: 'events:read' },
    responses: { 200: { description: 'All types.', schema: Type.Object({ data: Type.Array(EventTypeView) }) } },
    errors: [],
    handle() {
      const data = ALL_EVENT_TYPES.map((name) => ({
        name,
        description: EVENT_DESCRIPTIONS[name],
        sample: EVENT_SAMPLES[name],
      }));
      return ok({ data });
    },
  });

  return [list, get, types];
}
