-- People whose deletion becomes final after a while (C-56).

alter table users add column purge_at timestamptz;
comment on column users.purge_at is 'When an archived person is erased for good; null: kept until somebody asks.';
