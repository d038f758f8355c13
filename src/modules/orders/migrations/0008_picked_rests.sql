-- A rest can be canceled in parts, some before and some after its money was taken, so what was never taken is counted apart.

-- Where the owner of the tables is no superuser, row-level security holds for this file too.
select set_config('app.org_id', '*', true);

update orders set rest_canceled = rest_canceled || jsonb_build_object('reference', null, 'untaken',
    case when rest_canceled ->> 'refundId' is null then rest_canceled -> 'amount' else '0'::jsonb end)
  where rest_canceled is not null and rest_canceled -> 'untaken' is null;
