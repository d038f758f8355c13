-- What selling needs of a product, prices with versions, tiers and customers, and the full-text search.

alter table products
  add column external_id text check (char_length(external_id) between 1 and 255),
  add column collection text check (char_length(collection) <= 63),
  add column tags text[] not null default '{}',
  add column weight_grams integer check (weight_grams > 0),
  add column length_mm integer check (length_mm > 0),
  add column width_mm integer check (width_mm > 0),
  add column height_mm integer check (height_mm > 0),
  add column hs_code text check (hs_code ~ '^[0-9]{6,10}$'),
  add column country_of_origin text check (country_of_origin ~ '^[A-Z]{2}$'),
  add column archived_at timestamptz,
  add column search tsvector not null default '',
  add constraint products_dimensions_whole check (num_nulls(length_mm, width_mm, height_mm) in (0, 3));
update products set search = array_to_tsvector(array[org_id || e'\t' || livemode, lower(sku)])
  || to_tsvector('simple', name || ' ' || description);
create unique index products_external_id_key on products (org_id, livemode, external_id) where external_id is not null;
create index products_collection_idx on products (org_id, livemode, collection, id) where collection is not null;
-- Filters by price, activity and archive are compared inside the index; the order of the list comes from the id.
drop index products_list_idx;
create index products_list_idx on products (org_id, livemode, id, price_amount, active, archived_at);
-- The words of a product, with the organisation and the mode as one more word, so that a search reads its own only.
create index products_search_idx on products using gin (search);
comment on column products.search is 'Words of name, description, SKU, external id and collection in lower case without accents, #tag for each tag, and the tenant; made by src/modules/catalog/search/words.ts.';
comment on column products.external_id is 'The seller''s own id of the product; unique in an organisation and mode, archived products included.';

alter table prices
  add column version integer not null default 1 check (version > 0),
  add column tiers jsonb not null default '[]',
  add column customer_id text,
  add column valid_from timestamptz,
  add column valid_until timestamptz,
  add column archived_at timestamptz,
  add column updated_at timestamptz,
  add constraint prices_window check (valid_until > valid_from),
  add constraint prices_default_is_for_all check (not is_default or customer_id is null and archived_at is null);
update prices set updated_at = created_at;
alter table prices alter column updated_at set not null;
alter table prices drop constraint prices_product_currency_interval_key;
create unique index prices_product_currency_interval_key on prices (product_id, currency, billing_interval, customer_id)
  nulls not distinct where archived_at is null;
create index prices_list_idx on prices (org_id, livemode, id);
create index prices_customer_idx on prices (org_id, livemode, customer_id, id) where customer_id is not null;
comment on table prices is 'One price per product, currency, billing interval and customer (PRD-22, PRD-23); customer_id is null for everybody. The newest version; older ones are in price_versions.';

create table price_versions (
  price_id text not null,
  version integer not null,
  org_id text not null,
  livemode boolean not null,
  unit_amount bigint not null check (unit_amount > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  tiers jsonb not null,
  valid_from timestamptz,
  valid_until timestamptz,
  since timestamptz not null,
  constraint price_versions_pkey primary key (price_id, version)
);
comment on table price_versions is 'What a price was before it changed; who was sold at a version stays on it (G-05). Append-only.';
create trigger price_versions_append_only before update or delete or truncate on price_versions
  for each statement execute function kernel.refuse_change();
select kernel.tenant_table('catalog.price_versions');

-- Under row-level security PostgreSQL uses an index for a comparison only when its operator is proven not to leak,
-- and the operator of full-text search is not. This function may pass row-level security, finds ids and nothing else,
-- and compares with the same session settings as the policy does.
-- The planner cannot guess how many rows begin with a word. So the index of words says first whether there are few: they
-- are sorted then. When there are many, the next ones are near, and the list is walked in its order.
create function search_ids(words tsquery, filters jsonb, edge text, backward boolean, row_limit bigint, row_offset bigint)
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
    || case when filters ? 'priceMin' then ' and price_amount >= ($4 ->> ''priceMin'')::bigint' else '' end
    || case when filters ? 'priceMax' then ' and price_amount <= ($4 ->> ''priceMax'')::bigint' else '' end
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
comment on function search_ids is 'Ids of products of the session''s organisation and mode that have all the words, in the order of the list.';
revoke all on function search_ids from public;
grant execute on function search_ids to techcorp_catalog;
