DROP TRIGGER crops_search_delete;
DROP TRIGGER crops_search_insert;
