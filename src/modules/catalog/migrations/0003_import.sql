-- An import of a million products checks no foreign key for each price: product and price are written in one statement,
-- and products are never deleted.
alter table prices drop constraint prices_product_id_fkey;
