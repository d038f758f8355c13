-- A price range is one of a currency: numbers of different currencies are not compared.

create or replace function search_ids(words tsquery, filters jsonb, edge text, backward boolean, row_limit bigint, row_offset bigint)
returns setof text language plpgsql stable security definer set search_path = catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = on set enable_indexscan = off set enable_indexonlyscan = off as $$
declare
  tenant text := current_setting('app.org_id', true);
  mode boolean := current_setting('app.livemode', true) = 'true';
  own tsquery;
  condition text;
  direction text := case when backward then 'asc' else 'desc' end;
  matches bigint;
begin
  if coalesce(tenant, '') in ('', '*') then
    return;
  end if;
  own := words && quote_literal(tenant || e'\t' || mode)::tsquery;
  condition := 'search @@ $1 and org_id = $2 and livemode = $3'
    || case when filters ? 'category' then ' and category = $4 ->> ''category''' else '' end
    || case when filters ? 'collection' then ' and collection = $4 ->> ''collection''' else '' end
    || case when filters ? 'active' then ' and active = ($4 ->> ''active'')::boolean' else '' end
    || case when filters ? 'inStock' then ' and in_stock = ($4 ->> ''inStock'')::boolean' else '' end
    || case when filters ? 'priceMin' then ' and price_amount >= ($4 ->> ''priceMin'')::bigint' else '' end
    || case when filters ? 'priceMax' then ' and price_amount <= ($4 ->> ''priceMax'')::bigint' else '' end
    || case when filters ? 'currency' then ' and currency = $4 ->> ''currency''' else '' end
    || case when filters ->> 'archived' = 'true' then ' and archived_at is not null' else ' and archived_at is null' end;
  execute 'select count(*) from (select 1 from products where ' || condition || ' limit 5000) as few'
    into matches using own, tenant, mode, filters;
  if matches = 5000 then
    perform set_config('enable_bitmapscan', 'off', true), set_config('enable_indexscan', 'on', true);
  end if;
  return query execute 'select id from products where ' || condition
    || case when edge is null then '' when backward then ' and id > $5' else ' and id < $5' end
    || ' order by id ' || direction || ' limit $6 offset $7'
    using own, tenant, mode, filters, edge, row_limit, row_offset;
end $$;
