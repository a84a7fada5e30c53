DROP TABLE crops_search;
