DROP RULE countries_stay ON countries;
