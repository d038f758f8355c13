-- Limits that the platform agreed on with one organisation, in place of those of its plan (C-03).
alter table organizations add column requests_per_minute integer
  constraint organizations_requests_per_minute_check check (requests_per_minute > 0);
alter table organizations add column requests_per_day integer
  constraint organizations_requests_per_day_check check (requests_per_day > 0);
