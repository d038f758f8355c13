-- Where a request came from (address, user agent) is personal data: the log holds it sealed from here on. What the audit
-- trail has taken over is taken out of the old rows; the trail keeps it sealed.
alter table {schema}.events disable trigger events_append_only;
update {schema}.events as event set metadata = event.metadata - 'origin'
  from kernel.consumers as trail
  where trail.name = 'audit.trail' and trail.source = '{schema}'
    and (event.transaction_id, event.position) <= (trail.transaction_id, trail.position)
    and jsonb_typeof(event.metadata -> 'origin') = 'object';
alter table {schema}.events enable trigger events_append_only;
-- Rows that the trail had not taken over yet are left alone; no new one may be like them.
alter table {schema}.events add constraint events_origin_is_sealed
  check (coalesce(jsonb_typeof(metadata -> 'origin'), 'string') = 'string') not valid;

update {schema}.sagas set context = context - 'origin', outcome = null where status in ('completed', 'failed');
alter table {schema}.sagas drop column outcome;
alter table {schema}.sagas add constraint sagas_origin_is_sealed
  check (coalesce(jsonb_typeof(context -> 'origin'), 'string') = 'string') not valid;
