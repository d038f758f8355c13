-- Endpoints and messages of several editions, each with its own events, shapes and schedule.

alter table endpoints add column contract text not null default 'canonical';
alter table messages add column contract text not null default 'canonical';
