-- Sessions that a program starts for a person with the person's password, without a browser.
alter table grants drop constraint grants_grant_type_check;
alter table grants add constraint grants_grant_type_check
  check (grant_type in ('client_credentials', 'authorization_code', 'session'));
