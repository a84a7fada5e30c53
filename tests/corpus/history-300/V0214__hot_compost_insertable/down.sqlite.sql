DROP TRIGGER hot_compost_update;
DROP TRIGGER hot_compost_insert;
